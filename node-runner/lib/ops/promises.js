// The event loop: a promise settled or still pending, and a turn taken for its own sake.

import { keepAlive, turn } from '../platform/index.js';
import { plain } from './seen.js';

const PENDING = Symbol('pending');

export const promiseOperations = {
  settle: {
    loop: true,
    run: async (step, agent) => keepAlive(agent.get(step.promise).promise),
    seen: plain,
  },
  pending: {
    loop: true,
    async run(step, agent) {
      const { promise } = agent.get(step.promise);
      await turn();
      return (await Promise.race([promise.catch(() => {}), PENDING])) === PENDING;
    },
    seen: plain,
  },
  turn: {
    loop: true,
    run: () => turn(),
  },
};
