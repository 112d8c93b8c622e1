// The fault that growth detaches nothing: old buffers and views go on as if their memory were theirs for ever.

import { proxied } from './elements.mjs';
import { CLASSES, Memory, bufferOf, constructor, getter, isShared, method, plainGrow } from './support.mjs';

function neverDetached() {
  const owners = new WeakMap();
  const origins = new WeakMap();
  const gone = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get;
  const own = (memory) => {
    const current = bufferOf(memory);
    if (!isShared(current)) owners.set(current, { memory, length: gone.call(current) });
    return current;
  };
  getter(Memory.prototype, 'buffer', () => function buffer() {
    return own(this);
  });
  method(Memory.prototype, 'grow', () => function grow(by) {
    own(this);
    return plainGrow.call(this, by);
  });
  for (const name of [...CLASSES.map((Class) => Class.name), 'DataView']) {
    constructor(globalThis, name, (plain, [over, ...args]) => {
      const owner = owners.get(over);
      if (owner === undefined) return plain(over, ...args);
      const lost = gone.call(over) === 0;
      const view = plain(lost ? bufferOf(owner.memory) : over, ...args);
      origins.set(view, { memory: owner.memory, offset: view.byteOffset, length: view.length ?? view.byteLength });
      return view;
    });
  }
  getter(ArrayBuffer.prototype, 'byteLength', (plain) => function byteLength() {
    return plain.call(this) || (owners.get(this)?.length ?? 0);
  });
  getter(ArrayBuffer.prototype, 'detached', (plain) => function detached() {
    return owners.has(this) ? false : plain.call(this);
  });
  proxied({
    behind(view) {
      const origin = origins.get(view);
      if (origin === undefined || gone.call(view.buffer) !== 0) return view;
      return new view.constructor(bufferOf(origin.memory), origin.offset, origin.length);
    },
  });
}

export const undetached = { 'growth-detaches-nothing': neverDetached };
