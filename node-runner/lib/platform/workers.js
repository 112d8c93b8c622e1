// Workers and ports. `bare` values are sent without an envelope, since engines treat a bare and a nested memory differently.

import { MessageChannel, Worker, parentPort, workerData } from 'node:worker_threads';

export const haveWorkers = typeof Worker === 'function' && typeof SharedArrayBuffer === 'function';

/** Makes a worker; may throw what cloning `data` throws. */
export function spawn(entry, data) {
  return new Worker(entry, data === undefined ? {} : { workerData: data });
}

/** Ends a worker; resolves when the runtime says that it is gone. */
export function terminate(worker) {
  return Promise.resolve(worker.terminate());
}

/** Calls back when a worker fails or ends. */
export function onDeath(worker, callback) {
  worker.on('error', (error) => callback(`a worker failed: ${error?.message ?? error}`));
  worker.on('exit', (code) => callback(`a worker exited with code ${code}`));
}

export function channel() {
  const { port1, port2 } = new MessageChannel();
  return [port1, port2];
}

/** Listens on a port, a worker or the parent; starts it. */
export function listen(port, onMessage, onError) {
  port.on('message', onMessage);
  port.on('messageerror', onError);
}

export function close(port) {
  port.close();
}

/** Within a worker: the port to the agent that made it, and the data that it was made with. */
export const parent = parentPort;
export const data = workerData;
