// Faults of text in memories, of Node's buffers, and of `using`.

import { Buffer } from 'node:buffer';
import { current, owned } from './operations.mjs';
import { constructor, isShared, isWasm, method } from './support.mjs';

const bufferOf = (source) => (ArrayBuffer.isView(source) ? source.buffer : source);
const gone = (buffer) => !isShared(buffer) && buffer.byteLength === 0;

/** Replaces `decode` of what a memory has; `make(plain, source)`. */
const decode = (make) => () =>
  method(TextDecoder.prototype, 'decode', (plain) => function decode(source, ...rest) {
    const apply = (other) => plain.call(this, other, ...rest);
    return source !== undefined && isWasm(bufferOf(source)) ? make(apply, source) : apply(source);
  });

const encodeInto = (make) => () =>
  method(TextEncoder.prototype, 'encodeInto', (plain) => function encodeInto(text, view) {
    return isWasm(view.buffer) ? make((...args) => plain.apply(this, args), text, view) : plain.call(this, text, view);
  });

function refuse(buffer, wrong) {
  if (wrong(buffer)) throw new TypeError('this buffer is refused');
}

/** A runtime whose `using` blocks are run by `block(resource, body)`. */
const using = (block) => () =>
  constructor(globalThis, 'Function', (plain, args) => (/\busing\b/.test(args.at(-1)) ? block : plain(...args)));

const dispose = (resource) => resource[Symbol.dispose]();

export const text = {
  'decode-of-detached-throws': decode((plain, source) => {
    refuse(bufferOf(source), gone);
    return plain(source);
  }),
  'decode-refuses-shared': decode((plain, source) => {
    refuse(bufferOf(source), isShared);
    return plain(source);
  }),
  'decode-reads-from-the-beginning': decode((plain, source) =>
    (ArrayBuffer.isView(source) && !gone(source.buffer) ? plain(new Uint8Array(source.buffer, 0, source.byteLength)) : plain(source))),
  'decode-ends-at-zero': decode((plain, source) => plain(source).replace(/\0.*$/s, '')),
  'decode-reads-latin-1': decode((plain, source) =>
    (gone(bufferOf(source)) ? '' : Buffer.from(bufferOf(source), source.byteOffset ?? 0, source.byteLength).toString('latin1'))),
  'encode-into-splits-characters': encodeInto((plain, string, view) => {
    const bytes = Buffer.from(string).subarray(0, view.length);
    view.set(bytes);
    return { read: string.length, written: bytes.length };
  }),
  'encode-into-counts-characters': encodeInto((plain, string, view) => {
    const { read, written } = plain(string, view);
    return { read: [...string.slice(0, read)].length, written };
  }),
  'encode-into-ends-with-zero': encodeInto((plain, string, view) => {
    const result = plain(string, view);
    if (result.written < view.length) view[result.written] = 0;
    return result;
  }),
  'encode-into-refuses-shared': encodeInto((plain, string, view) => {
    refuse(view.buffer, isShared);
    return plain(string, view);
  }),
  'encode-into-follows-the-memory': () => {
    owned();
    const known = new WeakMap();
    constructor(globalThis, 'Uint8Array', (plain, args) => {
      const view = plain(...args);
      known.set(view, [view.byteOffset, view.length]);
      return view;
    });
    encodeInto((plain, string, view) => plain(string, gone(view.buffer) ? current(view, ...known.get(view)) : view))();
  },
  'node-buffer-slice-copies': () =>
    method(Buffer.prototype, 'slice', (plain) => function slice(...args) {
      return isWasm(this.buffer) ? Buffer.from(plain.apply(this, args)) : plain.apply(this, args);
    }),
  'using-forgets-after-an-error': using((resource, body) => {
    body();
    dispose(resource);
  }),
  'using-swallows-errors': using((resource, body) => {
    try {
      body();
    } catch {
      // Lost.
    }
    dispose(resource);
  }),
  'using-disposes-first': using((resource, body) => {
    dispose(resource);
    body();
  }),
};
