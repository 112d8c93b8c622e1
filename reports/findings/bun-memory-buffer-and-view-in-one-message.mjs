// A shared memory, its buffer and a view over that buffer arrive in one message, all over the same bytes.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where they do not.
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import process from "node:process";

if (isMainThread) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
  const worker = new Worker(new URL(import.meta.url));
  worker.once("message", (actual) => {
    const expected = "received, the view is over the buffer beside it: true";
    console.log("expected", expected);
    console.log("actual  ", actual);
    process.exit(actual === expected ? 0 : 1);
  });
  worker.postMessage([memory, memory.buffer, new Int32Array(memory.buffer, 16, 2)]);
} else {
  parentPort.once("messageerror", () => parentPort.postMessage("messageerror"));
  parentPort.once("message", ([, buffer, view]) =>
    parentPort.postMessage(`received, the view is over the buffer beside it: ${view.buffer === buffer}`),
  );
}
