// What faults are made with: methods replaced, and buffers of Wasm memories told from all others, so that the
// runner's own shared words, queues and scratch buffers stay as they are.

export const PAGE = 65536;
export const { Memory } = WebAssembly;
const getBuffer = Object.getOwnPropertyDescriptor(Memory.prototype, 'buffer').get;
const sharedLength = Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength').get;
export const plainGrow = Memory.prototype.grow;

const seen = new WeakSet();

export const isShared = (buffer) => buffer instanceof SharedArrayBuffer;

/** A memory's buffer as the runtime has it. */
export function bufferOf(memory) {
  const buffer = getBuffer.call(memory);
  seen.add(buffer);
  return buffer;
}

/** Is this the buffer of a memory? One that came in a message is told by its length, which none of the runner's has. */
export function isWasm(buffer) {
  return seen.has(buffer) || (isShared(buffer) && sharedLength.call(buffer) % PAGE === 0);
}

/** Replaces a method by what `make` makes of the one that is there. */
export function method(object, name, make) {
  const plain = object?.[name];
  if (typeof plain !== 'function') return;
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { ...descriptor, value: make(plain) });
}

/** Replaces a getter. */
export function getter(object, name, make) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  if (descriptor?.get) Object.defineProperty(object, name, { ...descriptor, get: make(descriptor.get) });
}

/** Replaces a class by one that constructs otherwise; `construct(plain, args)` makes the object. */
export function constructor(holder, name, construct) {
  const Plain = holder[name];
  const Faulty = new Proxy(Plain, {
    construct: (target, args, newTarget) => construct((...others) => Reflect.construct(target, others, newTarget === Faulty ? target : newTarget), args),
  });
  Object.defineProperty(holder, name, { value: Faulty, writable: true, configurable: true });
}

/** The value that `run` gives, or what `instead` makes of an error of this class. */
export function unlessThrown(Class, run, instead) {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Class)) throw error;
    return instead(error);
  }
}

export const TypedArray = Object.getPrototypeOf(Uint8Array);
export const CLASSES = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
  BigInt64Array, BigUint64Array,
];

// Every buffer that is asked for is known from then on.
getter(Memory.prototype, 'buffer', () => function buffer() {
  return bufferOf(this);
});
