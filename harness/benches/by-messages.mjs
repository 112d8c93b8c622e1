// Plain SB with agents that meet by messages: the main thread sends both workers off for one instance and waits for
// both. Prints instances a second.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import process from 'node:process';

const INSTANCES = 20_000;

if (isMainThread) {
  const memory = new SharedArrayBuffer(4096);
  const workers = [0, 1].map((place) => new Worker(new URL(import.meta.url), { workerData: { memory, place } }));
  const answers = () => Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  await answers();
  const words = new Int32Array(memory);
  const seen = new Map();
  const begin = performance.now();
  for (let instance = 0; instance < INSTANCES; instance++) {
    words[0] = words[64] = 0;
    const done = answers();
    for (const worker of workers) worker.postMessage(0);
    const outcome = (await done).join();
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
  }
  console.log((INSTANCES / (performance.now() - begin)) * 1000);
  process.exit(0);
} else {
  const words = new Int32Array(workerData.memory);
  const [mine, other] = workerData.place === 0 ? [0, 64] : [64, 0];
  parentPort.on('message', () => {
    words[mine] = 1;
    parentPort.postMessage(words[other]);
  });
  parentPort.postMessage('ready');
}
