// Atomics from the host.

import { nap, now } from '../platform/index.js';
import { seenElement } from '../values/wasm.js';
import { kind, method, plain } from './seen.js';

/** How long a notify with `until` keeps trying, in milliseconds. */
const NOTIFY_DEADLINE = 2000;

const ACTIONS = {
  load: 'load',
  store: 'store',
  add: 'add',
  sub: 'sub',
  and: 'and',
  or: 'or',
  xor: 'xor',
  exchange: 'exchange',
  'compare-exchange': 'compareExchange',
};

function notifyUntil(view, index, count, until) {
  const deadline = now() + NOTIFY_DEADLINE;
  let woken = Atomics.notify(view, index, ...count);
  while (woken < until && now() < deadline) {
    nap();
    woken += Atomics.notify(view, index, ...count);
  }
  return woken;
}

export const atomicOperations = {
  atomic: {
    run(step, agent) {
      const view = agent.get(step.view);
      const action = ACTIONS[step.action];
      return Atomics[action](view, agent.value(step.index), ...agent.optional(...(step.expected ? [step.expected] : []), step.value));
    },
    seen: (raw, step, agent) => [seenElement(kind(agent.get(step.view)), raw)],
  },
  wait: {
    run: (step, agent) =>
      Atomics.wait(agent.get(step.view), agent.value(step.index), agent.value(step.value), ...agent.optional(step.timeout)),
    seen: plain,
  },
  notify: {
    run(step, agent) {
      const view = agent.get(step.view);
      const index = agent.value(step.index);
      const count = agent.optional(step.count);
      return step.until === undefined ? Atomics.notify(view, index, ...count) : notifyUntil(view, index, count, step.until);
    },
    seen: plain,
  },
  'wait-async': {
    run(step, agent) {
      const args = [agent.get(step.view), agent.value(step.index), agent.value(step.value), ...agent.optional(step.timeout)];
      const waiter = method(Atomics, 'waitAsync', ...args);
      if (!waiter.async) return waiter.value;
      waiter.value.catch(() => {});
      // Wrapped, so that no `await` on the way mistakes the handle for something to wait for.
      agent.set(step.as, { promise: waiter.value });
      return 'async';
    },
    seen: plain,
  },
};
