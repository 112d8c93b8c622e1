// Faults of waiting and notifying on a memory.

import { isShared, isWasm, method, unlessThrown } from './support.mjs';

const { load, wait: plainWait } = Atomics;

function operation(name, make) {
  method(Atomics, name, (plain) => (view, ...args) => {
    const apply = (...others) => plain(view, ...others);
    return ArrayBuffer.isView(view) && isWasm(view.buffer) ? make(apply, args, view) : apply(...args);
  });
}

const renamed = (from, to) => () =>
  operation('wait', (plain, args) => {
    const how = plain(...args);
    return how === from ? to : how;
  });

/** A wait that checks what a wait checks and is over at once. */
const atOnce = (how) => () =>
  operation('wait', (plain, [index, value]) => (plain(index, value, 0) === 'not-equal' ? 'not-equal' : how));

/** A waitAsync whose outcome is made otherwise. */
const waitAsync = (make) => () => operation('waitAsync', (plain, args, view) => make(plain, args, view));

const never = () => new Promise(() => {});
const asynchronous = (value) => ({ async: true, value });

export const waiting = {
  'wait-does-not-wait': atOnce('ok'),
  'wait-times-out-at-once': atOnce('timed-out'),
  'wait-not-equal-is-ok': renamed('not-equal', 'ok'),
  'wait-not-equal-is-timed-out': renamed('not-equal', 'timed-out'),
  'wait-timed-out-is-ok': renamed('timed-out', 'ok'),
  'wait-ok-is-timed-out': renamed('ok', 'timed-out'),
  'wait-compares-nothing': () =>
    operation('wait', (plain, [index, , ...rest], view) => plain(index, load(view, index), ...rest)),
  'wait-64-compares-32-bits': () =>
    operation('wait', (plain, [index, value, ...rest], view) => {
      const there = load(view, index);
      const alike = typeof value === 'bigint' && BigInt.asIntN(32, value) === BigInt.asIntN(32, there);
      return plain(index, alike ? there : value, ...rest);
    }),
  'wait-unshared-accepted': () =>
    operation('wait', (plain, args, view) => (isShared(view.buffer) ? plain(...args) : 'timed-out')),
  'wait-element-type-unchecked': () =>
    operation('wait', (plain, args) => unlessThrown(TypeError, () => plain(...args), () => 'timed-out')),
  'wait-outside-accepted': () =>
    operation('wait', (plain, args) => unlessThrown(RangeError, () => plain(...args), () => 'timed-out')),
  'wait-nan-is-zero': () =>
    operation('wait', (plain, [index, value, time]) => plain(index, value, Number.isNaN(time) ? 0 : time)),
  'notify-dropped': () => operation('notify', (plain, [index]) => plain(index, 0)),
  'notify-wakes-all': () => operation('notify', (plain, [index, count]) => plain(index, count === 0 ? 0 : Infinity)),
  'notify-wakes-one': () => operation('notify', (plain, [index, count]) => plain(index, count === 0 ? 0 : 1)),
  'notify-returns-one-more': () => operation('notify', (plain, args) => plain(...args) + 1),
  'notify-returns-its-count': () =>
    operation('notify', (plain, args) => {
      const woken = plain(...args);
      return args[1] ?? woken;
    }),
  'notify-zero-wakes-one': () => operation('notify', (plain, [index, count]) => plain(index, count === 0 ? 1 : count)),
  'notify-unshared-throws': () =>
    operation('notify', (plain, args, view) => {
      if (!isShared(view.buffer)) throw new TypeError('not shared');
      return plain(...args);
    }),
  'notify-detached-accepted': () => operation('notify', (plain, args) => unlessThrown(TypeError, () => plain(...args), () => 0)),
  'notify-outside-accepted': () => operation('notify', (plain, args) => unlessThrown(RangeError, () => plain(...args), () => 0)),
  'wait-async-early': waitAsync((plain, args) => {
    const waiter = plain(...args);
    return waiter.async ? asynchronous(Promise.resolve('ok')) : waiter;
  }),
  'wait-async-never-settles': waitAsync((plain, args) => {
    const waiter = plain(...args);
    return waiter.async ? asynchronous(Promise.race([never(), waiter.value.then(never)])) : waiter;
  }),
  'wait-async-is-synchronous': waitAsync((plain, args, view) => ({ async: false, value: plainWait(view, args[0], args[1], 0) })),
  'wait-async-not-equal-is-asynchronous': waitAsync((plain, args) => {
    const waiter = plain(...args);
    return waiter.value === 'not-equal' ? asynchronous(Promise.resolve('not-equal')) : waiter;
  }),
  'wait-async-time-out-is-ok': waitAsync((plain, args) => {
    const waiter = plain(...args);
    return waiter.async
      ? asynchronous(waiter.value.then((how) => (how === 'timed-out' ? 'ok' : how)))
      : { async: false, value: waiter.value === 'timed-out' ? 'ok' : waiter.value };
  }),
  'wait-async-zero-time-waits': waitAsync((plain, [index, value, time]) => plain(index, value, time === 0 ? 1 : time)),
};
