// A detached buffer cannot be cloned, which is a DataCloneError.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it is not.
import process from "node:process";

const memory = new WebAssembly.Memory({ initial: 1 });
const old = memory.buffer;
memory.grow(1);
let actual;
try {
  structuredClone(old);
  actual = "no error";
} catch (error) {
  actual = error.name;
}
console.log("expected DataCloneError");
console.log("actual  ", actual);
process.exit(actual === "DataCloneError" ? 0 : 1);
