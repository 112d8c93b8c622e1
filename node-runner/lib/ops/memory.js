// Memories: made, taken from an instance, measured, grown.

import { plain } from './seen.js';

const PAGE = 65536;

export const memoryOperations = {
  memory: {
    run(step, agent) {
      const descriptor = Object.fromEntries(step.descriptor.map(([name, value]) => [name, agent.value(value)]));
      agent.set(step.as, new WebAssembly.Memory(descriptor));
    },
  },
  take: {
    run(step, agent) {
      agent.set(step.as, agent.get(step.instance).exports[step.export]);
    },
  },
  size: {
    run: (step, agent) => agent.get(step.memory).buffer.byteLength / PAGE,
    seen: plain,
  },
  grow: {
    run: (step, agent) => agent.get(step.memory).grow(agent.value(step.by)),
    seen: plain,
  },
};
