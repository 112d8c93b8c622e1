// The event loop of the agent that calls.

import timers from 'node:timers';

/** Deno 2.2 has none among its globals. */
const immediate = (callback) => (globalThis.setImmediate ?? timers.setImmediate)(callback);

/** Resolves after the event loop went once round: timers, I/O and messages, immediates. */
export function turn() {
  return new Promise((resolve) => setTimeout(() => immediate(resolve), 0));
}

/** Resolves as soon as the loop has looked at messages once, which costs less than a whole `turn`. */
export function breathe() {
  return new Promise((resolve) => immediate(resolve));
}

/** Keeps the process alive while a promise is awaited that nothing in the loop stands for. */
export async function keepAlive(promise) {
  const timer = setInterval(() => {}, 1 << 30);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}

/** A clock in milliseconds that only moves forward. */
export function now() {
  return performance.now();
}
