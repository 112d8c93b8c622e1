// An agent: a guest's function, or a function made of the harness's text. It runs a whole slice without coming back
// to its event loop.

import { listen, now, parent } from '../lib/platform/index.js';

let run = null;

/**
 * The program is compiled from text, as a guest is from bytes: an interpreter of operations would put tens of
 * instructions of its own between two accesses that are to race, and would hide from the compiler what it may reorder.
 */
function begin({ agent, memory, wasm }) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } });
  run = agent.js === undefined ? exports[agent.wasm] : new Function('memory', 'exports', agent.js)(memory, exports);
}

listen(
  parent,
  (message) => {
    try {
      if (message.kind === 'begin') {
        begin(message);
        parent.postMessage({});
        return;
      }
      const start = now();
      const batches = run(message.limit);
      parent.postMessage({ batches, milliseconds: now() - start });
    } catch (error) {
      parent.postMessage({ failed: `${error?.name ?? 'Error'}: ${error?.message ?? error}` });
    }
  },
  () => parent.postMessage({ failed: 'a message could not be received' }),
);
