// Faults of Atomics' operations on a memory; waiting and notifying are in waiting.mjs.

import { isWasm, method, unlessThrown } from './support.mjs';

const UPDATES = ['add', 'sub', 'and', 'or', 'xor', 'exchange'];
const OPERATIONS = [...UPDATES, 'load', 'store', 'compareExchange'];
const { load, store, exchange } = Atomics;

/** Replaces operations on views over memories. `make(plain, view, args)`; `plain` takes what follows the view. */
function operation(names, make) {
  for (const name of names) {
    method(Atomics, name, (plain) => (view, ...args) => {
      const apply = (...others) => plain(view, ...others);
      return ArrayBuffer.isView(view) && isWasm(view.buffer) ? make(apply, view, args, name) : apply(...args);
    });
  }
}

const instead = (name, other) => () => {
  const plain = Atomics[other];
  operation([name], (_, view, args) => plain(view, ...args));
};

const NEXT = {
  add: (old, value) => old + value,
  sub: (old, value) => old - value,
  and: (old, value) => old & value,
  or: (old, value) => old | value,
  xor: (old, value) => old ^ value,
  exchange: (old, value) => value,
};

/** A pause in which others get in between. */
function pause() {
  for (let round = 0; round < 5000; round++) void round;
}

const zero = (view) => (typeof view[0] === 'bigint' || /^Big/.test(view.constructor.name) ? 0n : 0);

export const atomics = {
  'atomics-return-new-value': () =>
    operation(UPDATES, (plain, view, args) => {
      plain(...args);
      return load(view, args[0]);
    }),
  'atomics-not-atomic': () =>
    operation([...UPDATES, 'compareExchange'], (plain, view, [index, value, replacement], name) => {
      const old = load(view, index);
      pause();
      if (name !== 'compareExchange') store(view, index, NEXT[name](old, value));
      else if (old === value) store(view, index, replacement);
      return old;
    }),
  'atomics-do-not-store': () => operation(UPDATES, (plain, view, [index]) => load(view, index)),
  'atomics-store-lost': () => operation(['store'], (plain, view, [index, value]) => (load(view, index), value)),
  'atomics-store-returns-old-value': () => operation(['store'], (plain, view, [index, value]) => exchange(view, index, value)),
  'atomics-store-returns-what-is-there': () =>
    operation(['store'], (plain, view, args) => {
      plain(...args);
      return load(view, args[0]);
    }),
  'atomics-compare-exchange-always-stores': () =>
    operation(['compareExchange'], (plain, view, [index, , value]) => exchange(view, index, value)),
  'atomics-compare-exchange-never-stores': () => operation(['compareExchange'], (plain, view, [index]) => load(view, index)),
  'atomics-compare-exchange-returns-expected': () =>
    operation(['compareExchange'], (plain, view, args) => {
      plain(...args);
      return args[1];
    }),
  'atomics-sub-adds': instead('sub', 'add'),
  'atomics-add-exchanges': instead('add', 'exchange'),
  'atomics-and-ors': instead('and', 'or'),
  'atomics-or-xors': instead('or', 'xor'),
  'atomics-xor-ors': instead('xor', 'or'),
  'atomics-exchange-adds': instead('exchange', 'add'),
  'atomics-detached-accepted': () =>
    operation(OPERATIONS, (plain, view, args) => unlessThrown(TypeError, () => plain(...args), () => zero(view))),
  'atomics-outside-accepted': () =>
    operation(OPERATIONS, (plain, view, args) => unlessThrown(RangeError, () => plain(...args), () => zero(view))),
  'atomics-load-sign-lost': () =>
    operation(['load'], (plain, view, args) => {
      const value = plain(...args);
      return typeof value === 'bigint' ? BigInt.asUintN(64, value) : value >>> 0;
    }),
  'atomics-of-the-next-element': () =>
    operation(['load'], (plain, view, [index]) => plain(index + 1 < view.length ? index + 1 : index)),
};
