// Which features the runtime has: each by the smallest thing whose kind of result shows it, never by a name or a version,
// and never by what cases test. README.md lists the probes.

import { freeMemory, haveWorkers } from '../platform/index.js';
import { BULK_MEMORY, MEMORY64, MULTI_MEMORY, SHARED_MEMORY64, SIMD, THREADS } from './modules.js';
import { probeTerminate } from './terminate.js';
import { using } from './using.js';

const LARGE = 12 * 2 ** 30;

/** True, or a reason: what was thrown, or `reason` where the condition does not hold. */
function holds(condition, reason) {
  try {
    return condition() ? true : reason;
  } catch (error) {
    return `${reason}: ${error?.message ?? error}`;
  }
}

const valid = (bytes, what) => holds(() => WebAssembly.validate(bytes), `${what} do not validate`);

function threads() {
  return holds(() => {
    const memory = new WebAssembly.Memory({ initial: 0, maximum: 0, shared: true });
    return memory.buffer instanceof SharedArrayBuffer && WebAssembly.validate(THREADS);
  }, 'no shared memories, or no atomic instructions');
}

/** A runtime that ignores `address` makes a 32-bit memory, which neither links nor grows by a BigInt. */
function memory64(descriptor, bytes, reason) {
  return holds(() => {
    const memory = new WebAssembly.Memory({ address: 'i64', initial: 0n, ...descriptor });
    new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
    return typeof memory.grow(0n) === 'bigint';
  }, reason);
}

function methods(object, ...names) {
  return holds(() => names.every((name) => typeof object[name] === 'function'), `no ${names.join(' and ')}`);
}

/** Every feature: `true`, or why not. */
export async function probeFeatures() {
  const [terminate, terminateWaiting] = await Promise.all([probeTerminate('spin'), probeTerminate('wait')]);
  return {
    threads: threads(),
    memory64: memory64({}, MEMORY64, 'no 64-bit memories'),
    'shared-memory64': memory64({ maximum: 0n, shared: true }, SHARED_MEMORY64, 'no shared 64-bit memories'),
    'bulk-memory': valid(BULK_MEMORY, 'bulk memory instructions'),
    simd: valid(SIMD, 'vector instructions'),
    'multi-memory': valid(MULTI_MEMORY, 'several memories in a module'),
    agents: holds(() => haveWorkers, 'no workers that share memory'),
    js: true,
    'resizable-buffer': methods(WebAssembly.Memory.prototype, 'toResizableBuffer', 'toFixedLengthBuffer'),
    'wait-async': methods(Atomics, 'waitAsync'),
    transfer: methods(ArrayBuffer.prototype, 'transfer'),
    using: holds(() => using() !== null, '`using` does not parse'),
    terminate,
    'terminate-waiting': terminateWaiting,
    'large-memory': holds(() => freeMemory() >= LARGE, 'less than 12 GiB of memory are free'),
  };
}
