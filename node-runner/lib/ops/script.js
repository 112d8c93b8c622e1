// What only JavaScript has: structuredClone, transfer, `using`.

import { Unsupported } from '../case/outcome.js';
import { runNested } from '../case/steps.js';
import { using } from '../probe/using.js';
import { call } from './guests.js';
import { build } from './message.js';
import { method } from './seen.js';

export const scriptOperations = {
  'structured-clone': {
    run(step, agent) {
      const transfer = (step.transfer ?? []).map((reference) => agent.ref(reference));
      agent.set(step.as, method(globalThis, 'structuredClone', build(step.message, agent), { transfer }));
    },
  },
  transfer: {
    run(step, agent) {
      agent.set(step.as, method(agent.ref(step.buffer), 'transfer', ...agent.optional(step.length)));
    },
  },
  using: {
    run(step, agent) {
      const block = using();
      if (block === null) throw new Unsupported('this runtime does not parse `using`');
      block({ [Symbol.dispose]: () => void call(step.dispose, agent) }, () => runNested(step.steps, agent, step.propagate));
    },
  },
};
