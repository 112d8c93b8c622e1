// Faults of memories: growth by the host, and which buffer is current.

import { Memory, PAGE, bufferOf, getter, isShared, method, plainGrow, unlessThrown } from './support.mjs';

const grow = (make) => method(Memory.prototype, 'grow', (plain) => function grow(by) {
  return make(this, by, (delta) => plain.call(this, delta));
});

const pages = (memory, by) => {
  const count = bufferOf(memory).byteLength / PAGE;
  return typeof by === 'bigint' ? BigInt(count) : count;
};

const plus = (value, more) => (typeof value === 'bigint' ? value + BigInt(more) : value + Number(more));
const bytes = (memory) => new Uint8Array(bufferOf(memory));

/** `buffer` answers what it answered first; `fresh` says when it looks again. */
function cached(concerns, fresh = () => false) {
  const known = new WeakMap();
  getter(Memory.prototype, 'buffer', (plain) => function buffer() {
    const current = plain.call(this);
    if (!concerns(current)) return current;
    if (!known.has(this) || fresh(this)) known.set(this, current);
    return known.get(this);
  });
  return known;
}

function newEachTime(concerns, renew) {
  getter(Memory.prototype, 'buffer', (plain) => function buffer() {
    return concerns(plain.call(this)) ? renew(this, plain) : plain.call(this);
  });
}

const unshared = (buffer) => !isShared(buffer);

export const memories = {
  'grow-zero-keeps-buffer': () =>
    grow((memory, by, plain) => (Number(by) === 0 && unshared(bufferOf(memory)) ? pages(memory, by) : plain(by))),
  'grow-zero-keeps-buffer-when-hot': () => {
    let calls = 0;
    grow((memory, by, plain) => (Number(by) === 0 && ++calls > 1000 && unshared(bufferOf(memory)) ? pages(memory, by) : plain(by)));
  },
  'grow-returns-new-size': () => grow((memory, by, plain) => plus(plain(by), by)),
  'grow-does-nothing': () => grow((memory, by, plain) => plain(typeof by === 'bigint' ? 0n : 0)),
  'grow-by-one-more': () => grow((memory, by, plain) => plain(Number(by) > 0 ? plus(by, 1) : by)),
  'grow-failure-detaches': () =>
    grow((memory, by, plain) =>
      unlessThrown(RangeError, () => plain(by), (error) => {
        plainGrow.call(memory, typeof by === 'bigint' ? 0n : 0);
        throw error;
      })),
  'grow-failure-is-minus-one': () => grow((memory, by, plain) => unlessThrown(RangeError, () => plain(by), () => -1)),
  'grow-failure-is-a-type-error': () =>
    grow((memory, by, plain) => unlessThrown(RangeError, () => plain(by), ({ message }) => { throw new TypeError(message); })),
  'grow-argument-wraps': () => grow((memory, by, plain) => plain(typeof by === 'bigint' ? by : Number(by) >>> 0)),
  'grow-argument-negative-is-zero': () => grow((memory, by, plain) => plain(Number(by) < 0 ? 0 : by)),
  'grow-argument-rounds-up': () => grow((memory, by, plain) => plain(typeof by === 'bigint' ? by : Math.ceil(by))),
  // Growth by nothing shows a runtime that has 64-bit memories, so it stays as it is.
  'grow-64-returns-a-number': () => grow((memory, by, plain) => (Number(by) === 0 ? plain(by) : Number(plain(by)))),
  'grow-64-takes-a-number': () =>
    grow((memory, by, plain) => unlessThrown(TypeError, () => plain(by), () => plain(BigInt(by)))),
  'grow-leaves-new-pages-dirty': () =>
    grow((memory, by, plain) => {
      const old = plain(by);
      if (Number(by) > 0) bytes(memory).fill(0xa5, Number(old) * PAGE);
      return old;
    }),
  'grow-clears-first-byte': () =>
    grow((memory, by, plain) => {
      const old = plain(by);
      if (Number(old) > 0 && Number(by) > 0) bytes(memory)[0] = 0;
      return old;
    }),
  'grow-clears-last-old-byte': () =>
    grow((memory, by, plain) => {
      const old = plain(by);
      if (Number(old) > 0 && Number(by) > 0) bytes(memory)[Number(old) * PAGE - 1] = 0;
      return old;
    }),
  'buffer-misses-guest-growth': () => {
    const known = cached(unshared);
    grow((memory, by, plain) => {
      const old = plain(by);
      known.delete(memory);
      return old;
    });
  },
  'buffer-never-refreshed': () => cached(unshared),
  'shared-buffer-never-refreshed': () => cached(isShared),
  'buffer-misses-growth-by-zero': () => {
    // A guest's growth by zero goes unnoticed: the buffer is looked at again only when its length changes.
    const lengths = new WeakMap();
    cached(unshared, (memory) => {
      const { byteLength } = bufferOf(memory);
      const changed = lengths.get(memory) !== byteLength;
      lengths.set(memory, byteLength);
      return changed;
    });
  },
  'buffer-new-each-time': () =>
    newEachTime(unshared, (memory, plain) => {
      unlessThrown(TypeError, () => plainGrow.call(memory, 0), () => plainGrow.call(memory, 0n));
      return plain.call(memory);
    }),
  'shared-buffer-new-each-time': () =>
    newEachTime(isShared, (memory, plain) => structuredClone({ buffer: plain.call(memory) }).buffer),
  'buffer-of-shared-memory-is-unshared': () => newEachTime(isShared, (memory, plain) => new Uint8Array(plain.call(memory)).slice().buffer),
  'to-resizable-changes-nothing': () => method(Memory.prototype, 'toResizableBuffer', () => function toResizableBuffer() {
    return bufferOf(this);
  }),
  'to-fixed-length-keeps-buffer': () => method(Memory.prototype, 'toFixedLengthBuffer', () => function toFixedLengthBuffer() {
    return bufferOf(this);
  }),
};
