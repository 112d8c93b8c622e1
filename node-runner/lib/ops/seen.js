// How operations' results become values on the wire, where several operations share the way.

import { fromJs } from '../values/wire.js';
import { Unsupported } from '../case/outcome.js';

/** A plain JavaScript value. */
export const plain = (raw) => [fromJs(raw)];

/** Bytes as hexadecimal text. */
export const bytes = (raw) => [{ type: 'bytes', value: raw }];

/** Digests, as hexadecimal texts. */
export const digests = (raw) => raw.map((value) => ({ type: 'digest', value }));

/** Calls a method that not every runtime has. */
export function method(object, name, ...args) {
  if (typeof object?.[name] !== 'function') throw new Unsupported(`this runtime has no \`${name}\` there`);
  return object[name](...args);
}

/** The name of an object's class, as it says itself. */
export function kind(object) {
  return object?.constructor?.name ?? String(object);
}
