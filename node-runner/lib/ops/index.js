// Every operation of the plan. An operation is
//   run(step, agent)        does it; what it returns is compared between rounds, what it throws is classified
//   seen(raw, step, agent)  the values on the wire for what `run` returned; absent where nothing is returned
//   loop                    it turns the event loop: `run` returns a promise, and it cannot happen on a guest's stack;
//                           or a function of the step that tells whether it does
//   by                      whose behaviour it shows, where that is not the host's
//   silent                  its result is written by another step

import { agentOperations } from './agents.js';
import { atomicOperations } from './atomics.js';
import { bufferOperations } from './buffers.js';
import { byteOperations } from './bytes.js';
import { eachOperations } from './each.js';
import { guestOperations } from './guests.js';
import { memoryOperations } from './memory.js';
import { promiseOperations } from './promises.js';
import { scriptOperations } from './script.js';
import { textOperations } from './text.js';
import { travelOperations } from './travel.js';
import { viewOperations } from './views.js';

export const operations = {
  ...agentOperations,
  ...atomicOperations,
  ...bufferOperations,
  ...byteOperations,
  ...eachOperations,
  ...guestOperations,
  ...memoryOperations,
  ...promiseOperations,
  ...scriptOperations,
  ...textOperations,
  ...travelOperations,
  ...viewOperations,
};
