// Text in UTF-8: decoded from bytes, encoded into them.

import { fromJs } from '../values/wire.js';
import { plain } from './seen.js';

export const textOperations = {
  decode: {
    run: (step, agent) => new TextDecoder().decode(agent.ref(step.of)),
    seen: plain,
  },
  'encode-into': {
    run(step, agent) {
      const { read, written } = new TextEncoder().encodeInto(step.text, agent.get(step.view));
      return [read, written];
    },
    seen: (raw) => raw.map(fromJs),
  },
};
