// Values between their wire form, `{type, value}` with strings for payloads, and JavaScript.

import { fromHex } from './hex.js';

const cell = new DataView(new ArrayBuffer(8));
const NAMED = { nan: NaN, inf: Infinity, '-inf': -Infinity, Infinity, '-Infinity': -Infinity };

/** The JavaScript value that a wire value stands for. A NaN's payload may be lost: JavaScript has no way to keep it. */
export function toJs({ type, value }) {
  switch (type) {
    case 'i32':
      return Number(value);
    case 'i64':
    case 'bigint':
      return BigInt(value);
    case 'f32':
      if (value === 'nan') return NaN;
      cell.setUint32(0, Number(value));
      return cell.getFloat32(0);
    case 'f64':
      if (value === 'nan') return NaN;
      cell.setBigUint64(0, BigInt(value));
      return cell.getFloat64(0);
    case 'number':
      return value in NAMED ? NAMED[value] : Number(value);
    case 'boolean':
      return value === 'true';
    case 'string':
      return value ?? '';
    case 'null':
      return null;
    case 'undefined':
      return undefined;
    case 'bytes':
      return fromHex(value ?? '');
    default:
      throw new TypeError(`no JavaScript value for a wire value of type ${type}`);
  }
}

function numberText(value) {
  if (Object.is(value, -0)) return '-0';
  return Number.isNaN(value) ? 'nan' : String(value);
}

/** The name of an object's class, or of a symbol or function. */
export function className(value) {
  try {
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    return tag === 'Object' ? (value.constructor?.name ?? tag) : tag;
  } catch {
    return 'Object';
  }
}

/** The wire form of whatever a host operation returned. */
export function fromJs(value) {
  switch (typeof value) {
    case 'number':
      return { type: 'number', value: numberText(value) };
    case 'bigint':
      return { type: 'bigint', value: String(value) };
    case 'boolean':
      return { type: 'boolean', value: String(value) };
    case 'string':
      return { type: 'string', value };
    case 'undefined':
      return { type: 'undefined' };
    default:
      return value === null ? { type: 'null' } : { type: 'object', value: className(value) };
  }
}

/** A float by its bits at 32 bits; a NaN's bits are unknown. */
export function f32(value) {
  if (Number.isNaN(value)) return { type: 'f32', value: 'nan' };
  cell.setFloat32(0, value);
  return { type: 'f32', value: `0x${cell.getUint32(0).toString(16).padStart(8, '0')}` };
}

/** A float by its bits at 64 bits; a NaN's bits are unknown. */
export function f64(value) {
  if (Number.isNaN(value)) return { type: 'f64', value: 'nan' };
  cell.setFloat64(0, value);
  return { type: 'f64', value: `0x${cell.getBigUint64(0).toString(16).padStart(16, '0')}` };
}
