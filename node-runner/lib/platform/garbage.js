// Garbage collection on demand, for this agent.

import v8 from 'node:v8';
import vm from 'node:vm';

let gc = null;

function find() {
  if (typeof globalThis.Bun?.gc === 'function') return () => Bun.gc(true);
  try {
    // The flag shows in new contexts only, so that cases see the globals that they always see.
    v8.setFlagsFromString('--expose-gc');
    return vm.runInNewContext('gc');
  } catch {
    return () => {};
  }
}

/** Collects garbage now, where the runtime has a way. */
export function collectGarbage() {
  gc ??= find();
  gc();
}
