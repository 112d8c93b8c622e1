// Agents as such: one waits for another one's step, one is stopped.

import { Skip, Unsupported } from '../case/outcome.js';
import { DEAD } from '../case/sequence.js';

export const agentOperations = {
  join: {
    silent: true,
    run(step, agent) {
      if (agent.sequence.awaitEnd(step.started) === DEAD) throw new Skip('the agent of the started step was terminated');
    },
  },
  terminate: {
    loop: true,
    async run(step, agent) {
      if (agent.pool === null) throw new Unsupported('only main, which made the workers, can stop them');
      await agent.pool.stop(step.target);
      agent.retire = true;
    },
  },
};
