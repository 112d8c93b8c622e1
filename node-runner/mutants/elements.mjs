// Faults of indexed access, which only a proxy around a view can make.

import { Worker } from 'node:worker_threads';
import { CLASSES, TypedArray, constructor, isShared, isWasm, method } from './support.mjs';

const targets = new WeakMap();
const bare = (value) => targets.get(value) ?? value;
const isIndex = (key) => typeof key === 'string' && /^\d+$/.test(key);

/** A message without proxies, as deep as messages of cases go. */
function unwrapped(value, depth = 0) {
  if (typeof value !== 'object' || value === null || depth > 8) return value;
  if (targets.has(value)) return bare(value);
  if (Array.isArray(value)) return value.map((part) => unwrapped(part, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unwrapped(part, depth + 1)]));
}

const plainGet = (view, index) => view[index];
function plainPut(view, index, value) {
  view[index] = value;
}

function wrap(view, rules) {
  const { get = plainGet, put = plainPut, behind = (same) => same } = rules;
  const proxy = new Proxy(view, {
    get(target, key) {
      const now = behind(target);
      if (isIndex(key)) return get(now, Number(key));
      const value = Reflect.get(now, key, now);
      if (typeof value !== 'function' || key === 'constructor') return value;
      return (...args) => {
        const result = value.apply(behind(target), args.map(bare));
        return key === 'subarray' ? wrap(result, rules) : result;
      };
    },
    set(target, key, value) {
      const now = behind(target);
      if (isIndex(key)) put(now, Number(key), value);
      else now[key] = value;
      return true;
    },
  });
  targets.set(proxy, view);
  return proxy;
}

/** Makes views over memories whose elements `get` and `put` access; `behind` gives the view that stands behind one. */
export function proxied(rules) {
  const { behind = (same) => same } = rules;
  for (const name of [...CLASSES.map((Class) => Class.name), 'DataView']) {
    constructor(globalThis, name, (plain, [over, ...args]) => {
      const view = plain(bare(over), ...args);
      return isWasm(view.buffer) ? wrap(view, rules) : view;
    });
  }
  for (const name of Object.getOwnPropertyNames(Atomics)) {
    method(Atomics, name, (plain) => (view, ...args) => plain(targets.has(view) ? behind(bare(view)) : view, ...args));
  }
  method(TypedArray.prototype, 'set', (plain) => function set(source, ...args) {
    return plain.call(bare(this), bare(source), ...args);
  });
  method(globalThis, 'structuredClone', (plain) => (value, options) => plain(unwrapped(value), options));
  for (const [{ prototype }, name] of [[TextDecoder, 'decode'], [TextEncoder, 'encodeInto']]) {
    method(prototype, name, (plain) => function text(...args) {
      return plain.apply(this, args.map(bare));
    });
  }
  for (const { prototype } of [MessagePort, Worker]) {
    method(prototype, 'postMessage', (plain) => function postMessage(message, transfer) {
      return plain.call(this, unwrapped(message), transfer);
    });
  }
}

const elementsBy = (rules) => () => proxied(rules);
const detached = (view) => view.length === 0 && !isShared(view.buffer) && view.buffer.byteLength === 0;
const zero = (view) => (/^Big/.test(view.constructor.name) ? 0n : 0);

const reversed = (view, value) => {
  const one = new view.constructor([value]);
  new Uint8Array(one.buffer).reverse();
  return one[0];
};

export const elements = {
  'detached-get-is-zero': elementsBy({ get: (view, index) => (detached(view) ? zero(view) : view[index]) }),
  'detached-get-throws': elementsBy({
    get(view, index) {
      if (detached(view)) throw new TypeError('detached');
      return view[index];
    },
  }),
  'detached-put-throws': elementsBy({
    put(view, index, value) {
      if (detached(view)) throw new TypeError('detached');
      view[index] = value;
    },
  }),
  'outside-get-is-zero': elementsBy({ get: (view, index) => (detached(view) ? undefined : (view[index] ?? zero(view))) }),
  'outside-put-throws': elementsBy({
    put(view, index, value) {
      if (index >= view.length && !detached(view)) throw new RangeError('outside');
      view[index] = value;
    },
  }),
  'elements-byte-order-reversed': elementsBy({
    get: (view, index) => (view[index] === undefined ? undefined : reversed(view, view[index])),
    put(view, index, value) {
      view[index] = reversed(view, value);
    },
  }),
  'elements-sign-lost': elementsBy({
    get(view, index) {
      const value = view[index];
      const bits = 8 * view.BYTES_PER_ELEMENT;
      if (typeof value === 'bigint') return BigInt.asUintN(bits, value);
      return /^Int/.test(view.constructor.name) && value < 0 ? value + 2 ** bits : value;
    },
  }),
  'elements-clamped-wrap': elementsBy({
    put(view, index, value) {
      view[index] = view instanceof Uint8ClampedArray ? Number(value) & 255 : value;
    },
  }),
  'elements-put-lost': elementsBy({ put() {} }),
};
