// Faults of views as objects: made, cut, copied, filled, detached.

import { CLASSES, PAGE, TypedArray, bufferOf, constructor, getter, isShared, isWasm, method, unlessThrown } from './support.mjs';

const buffer = Object.getOwnPropertyDescriptor(TypedArray.prototype, 'buffer').get;
const ofWasm = (view) => ArrayBuffer.isView(view) && isWasm(view instanceof DataView ? dataBuffer.call(view) : buffer.call(view));
const dataBuffer = Object.getOwnPropertyDescriptor(DataView.prototype, 'buffer').get;

/** Replaces a method of typed arrays where the view is over a memory. */
const typed = (name, make) => () =>
  method(TypedArray.prototype, name, (plain) => function faulty(...args) {
    return ofWasm(this) ? make(this, args, (...others) => plain.apply(this, others)) : plain.apply(this, args);
  });

/** Replaces every view class's construction over a memory's buffer. */
function construction(make) {
  for (const name of [...CLASSES.map((Class) => Class.name), 'DataView']) {
    constructor(globalThis, name, (plain, args) => (isWasm(args[0]) ? make(plain, args, name) : plain(...args)));
  }
}

const float = (view) => view instanceof Float32Array || view instanceof Float64Array;
const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const METHODS = ['set', 'fill', 'slice', 'subarray', 'copyWithin'];

/** Buffers' methods and properties, of both classes. */
const buffers = [ArrayBuffer.prototype, SharedArrayBuffer.prototype];

export const views = {
  'view-over-detached-accepted': () =>
    construction((plain, args) => unlessThrown(TypeError, () => plain(...args), () => plain(new ArrayBuffer(0)))),
  'view-out-of-range-clamped': () =>
    construction((plain, args) => unlessThrown(RangeError, () => plain(...args), () => plain(new ArrayBuffer(0)))),
  'view-offset-ignored': () =>
    construction((plain, [over, offset, length]) => plain(over, 0, length ?? (offset ? undefined : length))),
  'view-length-ignored': () => construction((plain, [over, offset]) => plain(over, offset)),
  'subarray-copies': typed('subarray', (view, args, plain) => plain(...args).slice()),
  'slice-shares': typed('slice', (view, args) => view.subarray(...args)),
  'fill-a-byte-short': typed('fill', (view, [value, begin, end = view.length], plain) => plain(value, begin, end > 0 ? end - 1 : end)),
  'fill-range-ignored': typed('fill', (view, [value], plain) => plain(value)),
  'set-offset-ignored': typed('set', (view, [source], plain) => plain(source)),
  'set-canonicalises-nan': typed('set', (view, [source, offset = 0], plain) => {
    if (!float(view) || !float(source)) return plain(source, offset);
    for (let at = 0; at < source.length; at++) view[offset + at] = Number.isNaN(source[at]) ? NaN : source[at];
  }),
  'slice-canonicalises-nan': typed('slice', (view, args, plain) => {
    const copy = plain(...args);
    if (float(view)) for (let at = 0; at < copy.length; at++) if (Number.isNaN(copy[at])) copy[at] = NaN;
    return copy;
  }),
  'copy-within-forward': typed('copyWithin', (view, [target, begin, end = view.length]) => {
    for (let from = begin, to = target; from < end && to < view.length; from++, to++) view[to] = view[from];
    return view;
  }),
  'set-overlapping-forward': typed('set', (view, [source, offset = 0], plain) => {
    if (!ArrayBuffer.isView(source) || source.buffer !== view.buffer) return plain(source, offset);
    const [from, to] = [bytesOf(source), bytesOf(view).subarray(offset * view.BYTES_PER_ELEMENT)];
    for (let at = 0; at < from.length; at++) to[at] = from[at];
  }),
  'detached-methods-do-nothing': () => {
    for (const name of METHODS) typed(name, (view, args, plain) => unlessThrown(TypeError, () => plain(...args), () => view))();
  },
  'detached-data-view-lengths-are-zero': () => {
    for (const name of ['byteLength', 'byteOffset']) {
      getter(DataView.prototype, name, (plain) => function faulty() {
        return ofWasm(this) ? unlessThrown(TypeError, () => plain.call(this), () => 0) : plain.call(this);
      });
    }
  },
  'detached-view-keeps-offset': () => {
    const known = new WeakMap();
    construction((plain, args) => {
      const view = plain(...args);
      known.set(view, Number(args[1] ?? 0));
      return view;
    });
    getter(TypedArray.prototype, 'byteOffset', (plain) => function byteOffset() {
      return plain.call(this) || (known.get(this) ?? 0);
    });
  },
  'detached-view-keeps-length': () => {
    const known = new WeakMap();
    construction((plain, args, name) => {
      const view = plain(...args);
      if (name !== 'DataView') known.set(view, [view.length, view.byteLength]);
      return view;
    });
    for (const [index, name] of ['length', 'byteLength'].entries()) {
      getter(TypedArray.prototype, name, (plain) => function faulty() {
        return plain.call(this) || (known.get(this)?.[index] ?? 0);
      });
    }
  },
  'detached-buffer-keeps-length': () => {
    const known = new WeakMap();
    getter(ArrayBuffer.prototype, 'byteLength', (plain) => function byteLength() {
      const now = plain.call(this);
      if (now !== 0) known.set(this, now);
      return now || (isWasm(this) ? (known.get(this) ?? 0) : 0);
    });
    getter(WebAssembly.Memory.prototype, 'buffer', () => function buffer() {
      const current = bufferOf(this);
      void current.byteLength;
      return current;
    });
  },
  'detached-is-false': () =>
    getter(ArrayBuffer.prototype, 'detached', (plain) => function detached() {
      return isWasm(this) ? false : plain.call(this);
    }),
  'buffer-slice-shares': () => {
    for (const prototype of buffers) {
      method(prototype, 'slice', (plain) => function slice(...args) {
        return isWasm(this) ? this : plain.apply(this, args);
      });
    }
  },
  'buffer-transfer-accepted': () => {
    method(ArrayBuffer.prototype, 'transfer', (plain) => function transfer(...args) {
      return isWasm(this) ? this.slice(0) : plain.apply(this, args);
    });
  },
  'shared-buffer-length-one-page': () =>
    getter(SharedArrayBuffer.prototype, 'byteLength', (plain) => function byteLength() {
      return isWasm(this) ? Math.min(plain.call(this), 65536) : plain.call(this);
    }),
  'shared-views-are-of-one-page': () =>
    construction((plain, [over, offset = 0, length], name) => {
      const whole = isShared(over) && length === undefined && Number(offset) === 0;
      const width = name === 'DataView' ? 1 : globalThis[name].BYTES_PER_ELEMENT;
      return whole && over.byteLength > PAGE ? plain(over, 0, PAGE / width) : plain(over, offset, length);
    }),
};
