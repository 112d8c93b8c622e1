// Can a worker be stopped whose guest does not return? Told by doing it: runtimes' `terminate` exists in all of them,
// and does not stop a guest in all of them.

import { haveWorkers, nap, now, spawn, terminate, turn, within } from '../platform/index.js';
import { STUCK } from './modules.js';

const ENTRY = new URL('./stuck.js', import.meta.url);
/** How long a runtime may take to stop a worker, in milliseconds. */
const PATIENCE = 500;
const LET_GO = 0;
const BEATS = 1;
const WAITING = 2;

/** `true`, or why not. `name` is an export of the probe's guest. */
export async function probeTerminate(name) {
  if (!haveWorkers) return 'no workers';
  let words;
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    words = new Int32Array(memory.buffer);
    const worker = spawn(ENTRY);
    worker.on('error', () => {});
    worker.postMessage({ memory, name });
    if (!(await isBeating(words))) return 'the probe did not start';
    const stopped = await within(terminate(worker).then(() => true), PATIENCE, false);
    if (!stopped) return `a worker in a guest's ${name} is not stopped within ${PATIENCE} ms`;
    return isStuck(words) ? `a worker in a guest's ${name} goes on after it was stopped` : true;
  } catch (error) {
    return String(error?.message ?? error);
  } finally {
    // What could not be stopped ends by itself.
    if (words) {
      Atomics.store(words, LET_GO, 1);
      Atomics.notify(words, WAITING);
    }
  }
}

async function isBeating(words) {
  const deadline = now() + 10 * PATIENCE;
  while (Atomics.load(words, BEATS) === 0) {
    if (now() > deadline) return false;
    nap();
    await turn();
  }
  return true;
}

/** Is somebody still beating, or waiting? */
function isStuck(words) {
  const beats = Atomics.load(words, BEATS);
  for (let naps = 0; naps < 5; naps++) nap();
  return Atomics.load(words, BEATS) !== beats || Atomics.notify(words, WAITING) > 0;
}
