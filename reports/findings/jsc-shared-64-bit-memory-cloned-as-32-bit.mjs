// A shared 64-bit memory is a 64-bit memory in the worker that receives it, too.
// node script.mjs, deno run -A script.mjs, BUN_JSC_useWasmMemory64=1 bun script.mjs; exit code 1 where it is not,
// 0 with a word of it where there are no 64-bit memories.
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import process from "node:process";

// (module (import "env" "memory" (memory i64 1 4 shared)))
const wasm = "0061736d0100000002100103656e76066d656d6f727902070104";
const bytes = Uint8Array.from(wasm.match(/../g), (hex) => parseInt(hex, 16));
const attempt = (f) => {
  try {
    return f();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};
const use = (memory) => [
  attempt(() => new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }) && "imported"),
  attempt(() => typeof memory.grow(1n)),
];

if (isMainThread) {
  const descriptor = { initial: 1n, maximum: 4n, shared: true, address: "i64" };
  const memory = attempt(() => new WebAssembly.Memory(descriptor));
  if (!(memory instanceof WebAssembly.Memory)) {
    console.log("no 64-bit memories here:", memory);
    process.exit(0);
  }
  const here = use(memory);
  if (here.join() !== "imported,bigint") {
    console.log("no 64-bit memories here:", ...here);
    process.exit(0);
  }
  const worker = new Worker(new URL(import.meta.url));
  worker.once("message", (there) => {
    console.log("expected imported, grow gives a bigint");
    console.log(`actual   main: ${here}; worker: ${there}`);
    process.exit(there.join() === "imported,bigint" ? 0 : 1);
  });
  worker.postMessage(memory);
} else {
  parentPort.once("message", (memory) => parentPort.postMessage(use(memory)));
}
