// A growable buffer of a shared memory can be posted to a worker, and arrives there as a growable buffer.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it does not.
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import process from "node:process";

if (isMainThread) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
  if (memory.toResizableBuffer === undefined) {
    console.log("no toResizableBuffer here");
    process.exit(0);
  }
  const worker = new Worker(new URL(import.meta.url));
  const show = (actual) => {
    console.log("expected growable, 65536 bytes");
    console.log("actual  ", actual);
    process.exit(actual === "growable, 65536 bytes" ? 0 : 1);
  };
  worker.on("error", (error) => show(`an error in the worker: ${error.message}`));
  worker.on("message", show);
  worker.postMessage(memory.toResizableBuffer());
} else {
  parentPort.on("messageerror", () => parentPort.postMessage("messageerror"));
  parentPort.on("message", (buffer) =>
    parentPort.postMessage(`${buffer.growable ? "growable" : "fixed"}, ${buffer.byteLength} bytes`),
  );
}
