// Faults of methods that call back, of loops over views, and of guests whose arguments run code.

import { constructor, method, unlessThrown } from './support.mjs';
import { isBig, lost, primitive, throwing, typed } from './operations.mjs';

/** What a callback gives back where it is not called. */
const NEUTRAL = {
  forEach: () => undefined,
  map: (value) => value ?? 0,
  filter: () => true,
  every: () => true,
  some: () => false,
  find: () => false,
  findLast: () => false,
  reduce: (sum) => sum,
  reduceRight: (sum) => sum,
};
const CALLING = Object.keys(NEUTRAL);

/** Replaces the callbacks of methods; `call(view, callback, args, place)`, where the element is `args[place]`. */
const calling = (make) => typed(CALLING, (view, [callback, ...rest], plain, name) =>
  plain((...args) => make(view, callback, args, name.startsWith('reduce') ? 1 : 0, name), ...rest));

/** Instances whose exported functions are called by `call(plain, args)`. */
function exported(call) {
  const plainOf = new WeakMap();
  constructor(WebAssembly, 'Instance', (plain, [module, imports = {}]) => {
    const bare = (part) => Object.fromEntries(Object.entries(part).map(([name, value]) => [name, plainOf.get(value) ?? value]));
    const instance = plain(module, Object.fromEntries(Object.entries(imports).map(([name, part]) => [name, bare(part)])));
    const wrapped = Object.entries(instance.exports).map(([name, value]) => {
      if (typeof value !== 'function') return [name, value];
      const faulty = (...args) => call(value, args);
      plainOf.set(faulty, value);
      return [name, faulty];
    });
    return Object.defineProperty(instance, 'exports', { value: Object.fromEntries(wrapped) });
  });
}

export const callbacks = {
  'callbacks-end-at-detachment': calling((view, callback, args, place, name) =>
    (lost(view) ? NEUTRAL[name](...args) : callback(...args))),
  'callbacks-see-zero-for-what-is-gone': calling((view, callback, args, place) =>
    callback(...args.with(place, args[place] ?? (isBig(view) ? 0n : 0)))),
  'callbacks-see-a-copy': typed(CALLING, (view, args, plain, name, method) => method.apply(view.slice(), args)),
  'sort-throws-when-detached': throwing('sort'),
  'iteration-ends-at-detachment': () =>
    method(Object.getPrototypeOf([][Symbol.iterator]()), 'next', (plain) => function next() {
      return unlessThrown(TypeError, () => plain.call(this), () => ({ value: undefined, done: true }));
    }),
  'exports-convert-arguments-twice': () =>
    exported((plain, args) => {
      args.forEach(primitive);
      return plain(...args);
    }),
};
