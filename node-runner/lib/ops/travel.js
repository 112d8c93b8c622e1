// Messages between agents: post and receive.

import { Skip, Unsupported } from '../case/outcome.js';
import { bind, build, unbind } from './message.js';

/** What a receiver throws where a message could not be deserialized, in the name under which the others throw. */
class DataCloneError extends Error {
  name = 'DataCloneError';
}

function post(step, agent) {
  if (step.to === agent.name) throw new Unsupported('an agent cannot post to itself');
  const message = build(step.message, agent);
  const transfer = (step.transfer ?? []).map((reference) => agent.ref(reference));
  agent.mailbox.port(step.to, step.via).postMessage(message, transfer);
  agent.sequence.posted(step.number, agent.name, step.to, step.via);
}

async function postByWorkerData(step, agent) {
  if (agent.pool === null) throw new Unsupported('only main makes workers');
  if ((step.transfer ?? []).length > 0) throw new Unsupported('nothing is transferred with workerData');
  await agent.pool.make(step.to, build(step.message, agent), () =>
    agent.sequence.posted(step.number, agent.name, step.to, step.via),
  );
}

export const travelOperations = {
  post: {
    // Making a worker turns the loop; the other ways do not.
    loop: (step) => step.via === 'worker-data',
    run: (step, agent) => (step.via === 'worker-data' ? postByWorkerData(step, agent) : post(step, agent)),
  },
  receive: {
    loop: true,
    async run(step, agent) {
      unbind(step.as, agent);
      const ordinal = agent.sequence.ordinal(step.post);
      if (ordinal === 0) throw new Skip('nothing was posted');
      const { value, failed } = await agent.mailbox.take(step.from, step.via, ordinal);
      agent.sequence.taken(step.from, agent.name, step.via);
      if (failed) throw new DataCloneError('the message could not be deserialized');
      bind(step.as, value, agent);
    },
  },
};
