// Faults of DataView's access to a memory.

import { isWasm, method, unlessThrown } from './support.mjs';

const TYPES = ['Int8', 'Uint8', 'Int16', 'Uint16', 'Int32', 'Uint32', 'Float32', 'Float64', 'BigInt64', 'BigUint64'];
const WIDTHS = { Int8: 1, Uint8: 1, Int16: 2, Uint16: 2, Int32: 4, Uint32: 4, Float32: 4, Float64: 8, BigInt64: 8, BigUint64: 8 };
const { buffer } = Object.getOwnPropertyDescriptors(DataView.prototype);

/** Replaces the getters, the setters or both. `make(plain, args, type, view)`; a setter's value is the second of `args`. */
function access(directions, make, types = TYPES) {
  for (const direction of directions) {
    for (const type of types) {
      method(DataView.prototype, `${direction}${type}`, (plain) => function faulty(...args) {
        const apply = (...others) => plain.apply(this, others);
        return isWasm(buffer.get.call(this)) ? make(apply, args, type, this) : apply(...args);
      });
    }
  }
}

const order = (args, little) => (args.length > 1 && typeof args[1] !== 'boolean' ? [args[0], args[1], little(args[2])] : [args[0], little(args[1])]);
const both = ['get', 'set'];
const plainGet = Object.fromEntries(TYPES.map((type) => [type, DataView.prototype[`get${type}`]]));

export const dataViews = {
  'data-view-order-reversed': () => access(both, (plain, args) => plain(...order(args, (little) => !little))),
  'data-view-get-always-little': () => access(['get'], (plain, [at]) => plain(at, true)),
  'data-view-get-always-big': () => access(['get'], (plain, [at]) => plain(at, false)),
  'data-view-set-always-little': () => access(['set'], (plain, [at, value]) => plain(at, value, true)),
  'data-view-set-always-big': () => access(['set'], (plain, [at, value]) => plain(at, value, false)),
  'data-view-sign-lost': () =>
    access(['get'], (plain, args, type, view) => plainGet[type.replace('Int', 'Uint')].apply(view, args), ['Int8', 'Int16', 'Int32', 'BigInt64']),
  'data-view-sign-added': () =>
    access(['get'], (plain, args, type, view) => plainGet[type.replace('Uint', 'Int')].apply(view, args), ['Uint8', 'Uint16', 'Uint32', 'BigUint64']),
  'data-view-get-outside-is-zero': () =>
    access(['get'], (plain, args, type) => unlessThrown(RangeError, () => plain(...args), () => (type.startsWith('Big') ? 0n : 0))),
  'data-view-set-outside-ignored': () => access(['set'], (plain, args) => unlessThrown(RangeError, () => plain(...args), () => undefined)),
  'data-view-last-access-throws': () =>
    access(both, (plain, args, type, view) => {
      if (args[0] + WIDTHS[type] === view.byteLength) throw new RangeError('beyond the view');
      return plain(...args);
    }),
  'data-view-get-detached-is-zero': () =>
    access(['get'], (plain, args, type) => unlessThrown(TypeError, () => plain(...args), () => (type.startsWith('Big') ? 0n : 0))),
  'data-view-set-detached-ignored': () => access(['set'], (plain, args) => unlessThrown(TypeError, () => plain(...args), () => undefined)),
  'data-view-unaligned-rounded-down': () =>
    access(both, (plain, [at, ...rest], type) => plain(at - (at % WIDTHS[type]), ...rest)),
};
