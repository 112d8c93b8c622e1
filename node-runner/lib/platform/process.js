// The end of the process, wanted or not, and errors that nobody caught.

export function exit(code) {
  process.exit(code);
}

/** Calls back just before the process exits; what it does must be synchronous. */
export function onExit(callback) {
  process.on('exit', callback);
}

/** Calls back with errors and rejections of this agent that nobody caught, instead of exiting. */
export function onUncaught(callback) {
  process.on('uncaughtException', callback);
  process.on('unhandledRejection', callback);
}
