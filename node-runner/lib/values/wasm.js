// Wasm values as a JavaScript host sees them: results of calls, arguments of callbacks, elements of views.

import { f32, f64, fromJs } from './wire.js';

/** One Wasm value of a declared type. What does not have the type's JavaScript form is reported as what it is. */
export function seenAs(type, value) {
  switch (type) {
    case 'i32':
      if (typeof value !== 'number' || !Object.is(value | 0, value)) break;
      return { type, value: String(value), js: fromJs(value) };
    case 'i64':
      if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) break;
      return { type, value: String(value), js: fromJs(value) };
    case 'f32':
      if (typeof value !== 'number' || !(Math.fround(value) === value || Number.isNaN(value))) break;
      return f32(value);
    case 'f64':
      if (typeof value !== 'number') break;
      return f64(value);
  }
  return fromJs(value);
}

/** The results of a call: undefined, one value, or an array, by how many types there are. */
export function seenResults(types, returned) {
  if (types.length === 1) return [seenAs(types[0], returned)];
  if (types.length === 0) return returned === undefined ? [] : [fromJs(returned)];
  if (!Array.isArray(returned)) return [fromJs(returned)];
  return returned.map((value, index) => seenAs(types[index], value));
}

/** An element that was read from a view of this class or by a DataView method of this type; perhaps undefined. */
export function seenElement(element, value) {
  if (typeof value === 'number' && /^float32/i.test(element)) return f32(value);
  if (typeof value === 'number' && /^float64/i.test(element)) return f64(value);
  return fromJs(value);
}
