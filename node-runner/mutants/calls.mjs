// Faults at the boundary between JavaScript and a guest: results, arguments, traps, links.

import { constructor, unlessThrown } from './support.mjs';

const plainOf = new WeakMap();
const bare = (value) => plainOf.get(value) ?? value;

function bareImports(imports) {
  const modules = Object.entries(imports ?? {}).map(([module, names]) => [
    module,
    Object.fromEntries(Object.entries(names).map(([name, value]) => [name, bare(value)])),
  ]);
  return Object.fromEntries(modules);
}

/** Instances whose exported functions are replaced by what `wrap` makes of them, and imported ones by what `hand` does. */
function instances(wrap, hand = (value) => value) {
  constructor(WebAssembly, 'Instance', (plain, [module, imports]) => {
    const given = bareImports(imports);
    for (const names of Object.values(given)) for (const name of Object.keys(names)) names[name] = hand(names[name]);
    const instance = plain(module, given);
    const exports = {};
    for (const [name, value] of Object.entries(instance.exports)) {
      exports[name] = typeof value === 'function' ? wrap(value) : value;
      if (exports[name] !== value) plainOf.set(exports[name], value);
    }
    Object.defineProperty(instance, 'exports', { value: exports });
    return instance;
  });
}

const results = (change) => () => instances((plain) => (...args) => change(plain(...args)));
const host = (value) => typeof value === 'function' && !/^\d+$/.test(value.name);
const callbacks = (change) => () => instances((value) => value, (value) => (host(value) ? change(value) : value));

export const calls = {
  'results-i64-are-numbers': results((value) => (typeof value === 'bigint' ? Number(value) : value)),
  'results-i64-are-unsigned': results((value) => (typeof value === 'bigint' ? BigInt.asUintN(64, value) : value)),
  'results-i32-are-unsigned': results((value) => (Number.isInteger(value) && value < 0 ? value + 2 ** 32 : value)),
  'traps-are-swallowed': () =>
    instances((plain) => (...args) => unlessThrown(WebAssembly.RuntimeError, () => plain(...args), () => undefined)),
  'traps-are-type-errors': () =>
    instances((plain) => (...args) =>
      unlessThrown(WebAssembly.RuntimeError, () => plain(...args), ({ message }) => { throw new TypeError(message); })),
  'link-errors-are-type-errors': () =>
    constructor(WebAssembly, 'Instance', (plain, args) =>
      unlessThrown(WebAssembly.LinkError, () => plain(...args), ({ message }) => { throw new TypeError(message); })),
  'callback-errors-are-swallowed': callbacks((plain) => (...args) => unlessThrown(Error, () => plain(...args), () => 0)),
  'callback-arguments-are-unsigned': callbacks((plain) => (...args) =>
    plain(...args.map((value) => (Number.isInteger(value) && value < 0 ? value + 2 ** 32 : value)))),
  'callback-results-are-lost': callbacks((plain) => (...args) => {
    const result = plain(...args);
    return typeof result === 'bigint' ? 0n : typeof result === 'number' ? 0 : result;
  }),
};
