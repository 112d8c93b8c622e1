// A memory's descriptor has no key `index`, so that it changes nothing: the memory is a 32-bit one.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it is not.
import process from "node:process";

// (module (import "env" "memory" (memory 1 4 shared)))
const wasm = "0061736d0100000002100103656e76066d656d6f727902030104";
const bytes = Uint8Array.from(wasm.match(/../g), (hex) => parseInt(hex, 16));
let actual;
try {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true, index: "i64" });
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  actual = "imported as a 32-bit memory";
} catch (error) {
  actual = `${error.name}: ${error.message}`;
}
const expected = "imported as a 32-bit memory";
console.log("expected", expected);
console.log("actual  ", actual);
process.exit(actual === expected ? 0 : 1);
