// The event loop of the agent that calls.

/** Resolves after the event loop went once round: timers, I/O and messages, immediates. */
export function turn() {
  return new Promise((resolve) => setTimeout(() => setImmediate(resolve), 0));
}

/** Resolves as soon as the loop has looked at messages once, which costs less than a whole `turn`. */
export function breathe() {
  return new Promise((resolve) => setImmediate(resolve));
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
