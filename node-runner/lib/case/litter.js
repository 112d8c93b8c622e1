// Memories that cases let go of. Engines do not feel the weight of a shared memory, so without a collection now and then a
// few cases with large ones exhaust the machine.

import { collectGarbage } from '../platform/index.js';

/** So many bytes may be waiting for the engine's own collection. */
const ENOUGH = 256 << 20;

let waiting = 0;

function* memoriesOf(objects) {
  for (const object of objects) {
    if (object instanceof WebAssembly.Memory) yield object;
    if (!(object instanceof WebAssembly.Instance)) continue;
    for (const exported of Object.values(object.exports)) if (exported instanceof WebAssembly.Memory) yield exported;
  }
}

/** The bytes of the memories that these handles keep, or their instances export. */
export function weight(objects) {
  let bytes = 0;
  for (const memory of new Set(memoriesOf(objects))) bytes += memory.buffer.byteLength;
  return bytes;
}

/** To be told after the handles were dropped. */
export function dropped(bytes) {
  waiting += bytes;
  if (waiting < ENOUGH) return;
  waiting = 0;
  collectGarbage();
}
