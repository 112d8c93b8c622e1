// An instance that was made before another agent grows the shared memory must see the new size.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it does not.
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import process from "node:process";

// (module
//   (import "env" "memory" (memory 1 8 shared))
//   (func (export "size") (result i32) (memory.size))
//   (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
//   (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
//   (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
//   (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1))))
const wasm =
  "AGFzbQEAAAABFQRgAAF/YAN/f38AYAF/AX9gAn9/AAIQAQNlbnYGbWVtb3J5AgMBCAMGBQABAQIDByUFBHNpemUAAARmaWxsAAEEY29weQAC" +
  "BGxvYWQAAwVzdG9yZQAECjEFBAA/AAsLACAAIAEgAvwLAAsMACAAIAEgAvwKAAALBwAgACgCAAsJACAAIAE2AgAL";
const bytes = Uint8Array.from(atob(wasm), (c) => c.charCodeAt(0));
const attempt = (f) => {
  try {
    return f() ?? "done";
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};

if (isMainThread) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
  const worker = new Worker(new URL(import.meta.url), { workerData: memory });
  worker.once("message", () => {
    memory.grow(3);
    worker.once("message", (actual) => {
      const expected = { size: 4, store: "done", load: 7, fill: "done", copy: "done", byteLength: 0x40000 };
      console.log("expected", expected);
      console.log("actual  ", actual);
      process.exit(Object.keys(expected).some((key) => expected[key] !== actual[key]) ? 1 : 0);
    });
    worker.postMessage("grown");
  });
} else {
  const memory = workerData;
  const module = new WebAssembly.Module(bytes);
  const { size, fill, copy, load, store } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  parentPort.once("message", () =>
    parentPort.postMessage({
      size: size(),
      store: attempt(() => store(0x3fffc, 7)),
      load: attempt(() => load(0x3fffc)),
      fill: attempt(() => fill(0x30000, 7, 16)),
      copy: attempt(() => copy(0x30000, 0, 16)),
      byteLength: memory.buffer.byteLength,
    }),
  );
  parentPort.postMessage("ready");
}
