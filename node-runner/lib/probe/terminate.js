// Can a worker be stopped whose guest does not return? Told by doing it: runtimes' `terminate` exists in all of them,
// and does not stop a guest in all of them.

import { haveWorkers, nap, now, spawn, terminate, turn } from '../platform/index.js';
import { STUCK } from './modules.js';

const ENTRY = new URL('./stuck.js', import.meta.url);
/**
 * How long a runtime may take to stop a worker: so many milliseconds, and so many turns of our own loop, which take the
 * longer the busier the machine is.
 */
const PATIENCE = 500;
const TURNS = 250;
/** How often one looks, a millisecond between, for beats of a worker that was stopped. */
const LOOKS = 50;
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
    if (!(await isStopped(terminate(worker)))) return `a worker in a guest's ${name} is not stopped within ${PATIENCE} ms`;
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

async function isStopped(termination) {
  let stopped = false;
  termination.then(() => (stopped = true));
  const deadline = now() + PATIENCE;
  for (let turns = 0; !stopped && (turns < TURNS || now() < deadline); turns++) await turn();
  return stopped;
}

async function isBeating(words) {
  const deadline = now() + 10 * PATIENCE;
  for (let turns = 0; Atomics.load(words, BEATS) === 0; turns++) {
    if (turns > 10 * TURNS && now() > deadline) return false;
    nap();
    await turn();
  }
  return true;
}

/** Is somebody still waiting, or beating? On a busy machine one that beats may get no turn for some time. */
function isStuck(words) {
  if (Atomics.notify(words, WAITING) > 0) return true;
  const beats = Atomics.load(words, BEATS);
  for (let naps = 0; naps < LOOKS; naps++) {
    nap();
    if (Atomics.load(words, BEATS) !== beats) return true;
  }
  return false;
}
