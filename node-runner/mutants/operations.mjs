// Faults in the middle of an operation: what it does after the conversion of an argument grew the memory.

import { proxied } from './elements.mjs';
import { CLASSES, Memory, PAGE, TypedArray, bufferOf, constructor, getter, isShared, isWasm, method, plainGrow, unlessThrown } from './support.mjs';

const bufferOfView = Object.getOwnPropertyDescriptor(TypedArray.prototype, 'buffer').get;
const ofWasm = (view) => isWasm(bufferOfView.call(view));
const gone = (buffer) => !isShared(buffer) && buffer.byteLength === 0;
export const lost = (view) => gone(bufferOfView.call(view));
const detached = () => new TypeError('the buffer is detached');
export const primitive = (value) => (typeof value === 'object' && value !== null ? value.valueOf() : value);
export const isBig = (view) => /^Big/.test(view.constructor.name);

/** Replaces methods of typed arrays over memories; `make(view, args, plain, name)`. */
export const typed = (names, make) => () => {
  for (const name of [names].flat()) {
    method(TypedArray.prototype, name, (plain) => function faulty(...args) {
      const apply = (...others) => plain.apply(this, others);
      return ofWasm(this) ? make(this, args, apply, name, plain) : apply(...args);
    });
  }
};

/** As the method is, and TypeError where the view's buffer is detached after it. */
export const throwing = (names) => typed(names, (view, args, plain) => {
  const result = plain(...args);
  if (lost(view)) throw detached();
  return result;
});

function construction(make) {
  for (const name of [...CLASSES.map((Class) => Class.name), 'DataView']) {
    constructor(globalThis, name, (plain, args) => (isWasm(args[0]) ? make(plain, args, name) : plain(...args)));
  }
}

const DATA = ['Int8', 'Uint8', 'Int16', 'Uint16', 'Int32', 'Uint32', 'Float32', 'Float64', 'BigInt64', 'BigUint64'];
const dataLength = Object.getOwnPropertyDescriptor(DataView.prototype, 'byteLength').get;

/** Accesses of a DataView that are held against the length that it had before the arguments were converted. */
function rangeFirst() {
  for (const name of DATA.flatMap((type) => [`get${type}`, `set${type}`])) {
    method(DataView.prototype, name, (plain) => function faulty(at, ...rest) {
      if (!isWasm(this.buffer)) return plain.call(this, at, ...rest);
      const length = unlessThrown(TypeError, () => dataLength.call(this), () => Infinity);
      const [index, ...args] = [at, ...rest].map(primitive);
      if (Number(index) + Number(/\d+$/.exec(name)[0]) / 8 > length) throw new RangeError('beyond the view');
      return plain.call(this, index, ...args);
    });
  }
}

/** The memory of each buffer that was asked for, so that a fault can find the buffer that came after it. */
const owners = new WeakMap();
export function owned() {
  getter(Memory.prototype, 'buffer', () => function buffer() {
    const current = bufferOf(this);
    owners.set(current, this);
    return current;
  });
}

/** Lets faults know a memory's resizable buffer before anybody asks for it by `buffer`. */
function resizable() {
  method(Memory.prototype, 'toResizableBuffer', (plain) => function toResizableBuffer() {
    plain.call(this);
    return bufferOf(this);
  });
}

/** A view like this one over what its memory has now. */
export function current(view, offset, length) {
  return new view.constructor(bufferOf(owners.get(bufferOfView.call(view))), offset, length);
}

export const operations = {
  'put-throws-when-its-value-detaches': () =>
    proxied({
      put(view, index, value) {
        const before = lost(view);
        view[index] = value;
        if (!before && lost(view)) throw detached();
      },
    }),
  'put-follows-the-memory': () => {
    owned();
    proxied({
      put(view, index, value) {
        const { byteOffset, length } = view;
        const converted = primitive(value);
        (length > 0 && lost(view) ? current(view, byteOffset, length) : view)[index] = converted;
      },
    });
  },
  'put-index-checked-before-conversion': () => {
    resizable();
    proxied({
      put(view, index, value) {
        const inside = index < view.length;
        const converted = primitive(value);
        if (inside) view[index] = converted;
      },
    });
  },
  'fill-of-nothing-throws-nothing': typed('fill', (view, [value, begin, end], plain) => {
    const [converted, from, to] = [value, begin, end].map(primitive);
    return lost(view) && from >= to ? view : plain(converted, from, to);
  }),
  'fill-ends-where-the-view-ends-now': () => {
    resizable();
    typed('fill', (view, args, plain) => plain(...args.map(primitive)))();
  },
  'copy-within-of-nothing-throws': throwing('copyWithin'),
  'slice-of-nothing-throws': throwing('slice'),
  'set-throws-when-an-element-detaches': throwing('set'),
  'set-converts-before-it-writes': typed('set', (view, [source, offset], plain) => {
    const values = Array.isArray(source) ? source.map(primitive) : source;
    return Array.isArray(source) && lost(view) ? undefined : plain(values, offset);
  }),
  'buffer-slice-of-detached-is-empty': () =>
    method(ArrayBuffer.prototype, 'slice', (plain) => function slice(...args) {
      return unlessThrown(TypeError, () => plain.apply(this, args), () => new ArrayBuffer(0));
    }),
  'data-view-range-before-detachment': rangeFirst,
  'view-range-before-detachment': () =>
    construction((plain, [over, ...args]) => {
      const [offset, length] = args.map(primitive);
      if (gone(over) && offset > 0) throw new RangeError('beyond the buffer');
      return plain(over, offset, length);
    }),
  'atomics-notify-of-detached-throws': () =>
    method(Atomics, 'notify', (plain) => (view, ...args) => {
      const woken = plain(view, ...args);
      if (lost(view)) throw detached();
      return woken;
    }),
  'atomics-detachment-before-range': () =>
    method(Atomics, 'load', (plain) => (view, index) =>
      unlessThrown(RangeError, () => plain(view, index), (error) => {
        throw lost(view) ? detached() : error;
      })),
  'grow-reads-its-size-before-conversion': () =>
    method(Memory.prototype, 'grow', () => function grow(by) {
      const old = bufferOf(this).byteLength / PAGE;
      const result = plainGrow.call(this, by);
      return typeof result === 'bigint' ? BigInt(old) : old;
    }),
};
