// Faults in how a memory is made from its descriptor.

import { constructor, unlessThrown } from './support.mjs';

const MOST = 65536;

/** The properties that `change` makes of a descriptor's. */
const changed = (change) => () =>
  constructor(WebAssembly, 'Memory', (plain, [descriptor]) => {
    if (typeof descriptor !== 'object' || descriptor === null) return plain(descriptor);
    const properties = { ...descriptor };
    change(properties);
    return plain(properties);
  });

const wide = ({ address }) => address === 'i64';
const like = (sample, value) => (typeof sample === 'bigint' ? BigInt(value) : value);

export const descriptors = {
  'shared-without-maximum-accepted': changed((d) => {
    if (d.shared && d.maximum === undefined) d.maximum = like(d.initial, MOST);
  }),
  'maximum-below-initial-accepted': changed((d) => {
    if (d.maximum !== undefined && d.maximum < d.initial) d.maximum = d.initial;
  }),
  'missing-initial-accepted': changed((d) => {
    d.initial ??= like(d.maximum ?? (wide(d) ? 0n : 0), 0);
  }),
  'initial-beyond-limit-accepted': changed((d) => {
    if (!wide(d) && d.initial > MOST) d.initial = 1;
  }),
  'maximum-beyond-limit-accepted': changed((d) => {
    if (!wide(d) && d.maximum > MOST) d.maximum = MOST;
  }),
  'initial-wraps': changed((d) => {
    if (typeof d.initial === 'number') d.initial >>>= 0;
  }),
  'shared-ignored': changed((d) => {
    delete d.shared;
  }),
  'maximum-ignored': changed((d) => {
    if (d.maximum >= d.initial && d.maximum <= MOST) d.maximum = d.shared ? like(d.maximum, MOST) : undefined;
  }),
  'initial-one-more': changed((d) => {
    if (d.maximum === undefined || d.maximum > d.initial) d.initial = like(d.initial, Number(d.initial) + 1);
  }),
  'address-ignored': changed((d) => {
    if (!wide(d)) return;
    delete d.address;
    for (const name of ['initial', 'maximum']) if (typeof d[name] === 'bigint') d[name] = Number(d[name]);
  }),
  'unknown-address-accepted': changed((d) => {
    if (d.address !== 'i64' && d.address !== 'i32') delete d.address;
  }),
  'number-for-64-bit-limit-accepted': changed((d) => {
    if (!wide(d)) return;
    for (const name of ['initial', 'maximum']) if (Number.isInteger(d[name])) d[name] = BigInt(d[name]);
  }),
  'bigint-for-32-bit-limit-accepted': changed((d) => {
    if (wide(d)) return;
    for (const name of ['initial', 'maximum']) if (typeof d[name] === 'bigint') d[name] = Number(d[name]);
  }),
  'index-means-address': changed((d) => {
    if (d.index !== undefined) d.address = d.index;
  }),
  'descriptor-errors-are-errors': () =>
    constructor(WebAssembly, 'Memory', (plain, args) =>
      unlessThrown(Error, () => plain(...args), ({ message }) => { throw new Error(message); })),
};
