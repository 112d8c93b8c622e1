// Faults of what travels between agents, and of structured cloning.

import { MessagePort, Worker } from 'node:worker_threads';
import worker_threads from 'node:worker_threads';
import { syncBuiltinESMExports } from 'node:module';
import { Memory, PAGE, bufferOf, constructor, isShared, isWasm, method } from './support.mjs';

const descriptors = new WeakMap();

/** Remembers how memories are made, so that a copy has the same type and links where the memory would. */
function remember() {
  constructor(WebAssembly, 'Memory', (plain, [descriptor]) => {
    const memory = plain(descriptor);
    descriptors.set(memory, descriptor);
    return memory;
  });
}

/** A memory like this one with a copy of its bytes. */
function copyOfMemory(memory) {
  const from = new Uint8Array(bufferOf(memory));
  const pages = from.length / PAGE;
  const known = descriptors.get(memory) ?? { maximum: pages + 16 };
  const initial = typeof known.maximum === 'bigint' ? BigInt(pages) : pages;
  const copy = new Memory({ ...known, initial, shared: true });
  new Uint8Array(bufferOf(copy)).set(from);
  // It may be copied again on its way.
  descriptors.set(copy, known);
  return copy;
}

/** A message with some of its parts replaced; `change` gives undefined for what stays. */
function mapped(value, change, depth = 0) {
  if (typeof value !== 'object' || value === null || depth > 8) return value;
  const other = change(value, depth);
  if (other !== undefined) return other;
  if (Array.isArray(value)) return value.map((part) => mapped(part, change, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapped(part, change, depth + 1)]));
}

/** Changes messages by postMessage. */
const posted = (change) =>
  [MessagePort.prototype, Worker.prototype].forEach((prototype) =>
    method(prototype, 'postMessage', (plain) => function postMessage(message, transfer) {
      return plain.call(this, mapped(message, change), transfer);
    }));

/** Changes `workerData`. */
function given(change) {
  class Changed extends Worker {
    constructor(entry, options = {}) {
      super(entry, 'workerData' in options ? { ...options, workerData: mapped(options.workerData, change) } : options);
    }
  }
  worker_threads.Worker = Changed;
  syncBuiltinESMExports();
}

const everywhere = (change) => () => {
  remember();
  posted(change);
  given(change);
};

const sharedMemory = (value) => value instanceof Memory && isShared(bufferOf(value));
const wasmShared = (value) => isShared(value) && isWasm(value);
const wasmView = (value) => ArrayBuffer.isView(value) && wasmShared(value.buffer);

export const travel = {
  'post-copies-memory': everywhere((value) => (sharedMemory(value) ? copyOfMemory(value) : undefined)),
  'post-copies-bare-memory': everywhere((value, depth) => (depth === 0 && sharedMemory(value) ? copyOfMemory(value) : undefined)),
  'post-copies-memory-in-a-structure': everywhere((value, depth) => (depth > 0 && sharedMemory(value) ? copyOfMemory(value) : undefined)),
  'worker-data-copies-memory': () => {
    remember();
    given((value) => (sharedMemory(value) ? copyOfMemory(value) : undefined));
  },
  'post-copies-shared-buffer': everywhere((value) => (wasmShared(value) ? value.slice(0) : undefined)),
  'post-copies-shared-view': everywhere((value) => (wasmView(value) ? new value.constructor(value.buffer.slice(0), value.byteOffset, value.length) : undefined)),
  'post-widens-view': everywhere((value) => (wasmView(value) ? new value.constructor(value.buffer) : undefined)),
  'post-sends-buffer-for-memory': everywhere((value) => (sharedMemory(value) ? bufferOf(value) : undefined)),
  'post-accepts-unshared-memory': everywhere((value) => (value instanceof Memory && !sharedMemory(value) ? null : undefined)),
  'post-loses-unshared-buffer': everywhere((value) => (value instanceof ArrayBuffer && isWasm(value) ? new ArrayBuffer(0) : undefined)),
  'post-accepts-transfer-of-memory-buffer': () =>
    [MessagePort.prototype, Worker.prototype].forEach((prototype) =>
      method(prototype, 'postMessage', (plain) => function postMessage(message, transfer) {
        return plain.call(this, message, Array.isArray(transfer) ? transfer.filter((part) => !isWasm(part)) : transfer);
      })),
  'clone-accepts-unshared-memory': () =>
    method(globalThis, 'structuredClone', (plain) => (value, options) =>
      plain(mapped(value, (part) => (part instanceof Memory && !sharedMemory(part) ? {} : undefined)), options)),
  'clone-accepts-transfer-of-memory-buffer': () =>
    method(globalThis, 'structuredClone', (plain) => (value, options) =>
      plain(value, { transfer: (options?.transfer ?? []).filter((part) => !isWasm(part)) })),
  'clone-loses-bytes': () =>
    method(globalThis, 'structuredClone', (plain) => (value, options) =>
      plain(mapped(value, (part) => (part instanceof ArrayBuffer && isWasm(part) ? new ArrayBuffer(part.byteLength) : undefined)), options)),
};
