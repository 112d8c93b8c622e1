// Which buffer object does a shared memory have? Two texts contradict each other, so that no answer is wrong.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 0 whatever it prints.
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import process from "node:process";

// (module
//   (import "env" "memory" (memory 1 4 shared))
//   (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
const wasm = "0061736d0100000001060160017f017f02100103656e76066d656d6f727902030104030201000708010467726f7700000a08010600200040000b";
const bytes = Uint8Array.from(wasm.match(/../g), (hex) => parseInt(hex, 16));

if (isMainThread) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
  const { grow } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
  const isNew = (change) => {
    const before = memory.buffer;
    change();
    return memory.buffer !== before ? "yes" : "no";
  };
  console.log("grow(0) by the host: a new object?                        ", isNew(() => memory.grow(0)));
  console.log("memory.grow by 0 in a guest: a new object?                ", isNew(() => grow(0)));
  const worker = new Worker(new URL(import.meta.url));
  worker.once("message", () => {
    const grown = memory.buffer.byteLength === 2 * 65536;
    console.log("after another agent's growth: has `buffer` the new length?", grown ? "yes" : "no");
    process.exit(0);
  });
  memory.buffer; // the object that may be kept
  worker.postMessage(memory);
} else {
  parentPort.once("message", (memory) => {
    memory.grow(1);
    parentPort.postMessage("grown");
  });
}
