// A WebAssembly memory's buffer in a transfer list is refused with a TypeError, and stays.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it is not.
import process from "node:process";

const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
const buffer = memory.buffer;
let actual;
try {
  structuredClone(buffer, { transfer: [buffer] });
  actual = "no error";
} catch (error) {
  actual = error.name;
}
actual += `, the buffer has ${buffer.byteLength} bytes`;
const expected = "TypeError, the buffer has 65536 bytes";
console.log("expected", expected);
console.log("actual  ", actual);
process.exit(actual === expected ? 0 : 1);
