// A shared memory's buffer that is posted before a growth arrives with the length that it had when it was posted.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it does not.
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import process from "node:process";

if (isMainThread) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
  const worker = new Worker(new URL(import.meta.url));
  worker.once("message", (received) => {
    console.log("expected sender 65536, receiver 65536");
    console.log(`actual   sender ${old.byteLength}, receiver ${received}`);
    process.exit(received === 65536 && old.byteLength === 65536 ? 0 : 1);
  });
  const old = memory.buffer;
  worker.postMessage(old);
  memory.grow(2);
} else {
  parentPort.once("message", (buffer) => parentPort.postMessage(buffer.byteLength));
}
