// new DataView over a detached buffer throws TypeError whatever the offset: the detachment is looked at before the length.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it does not.
import process from "node:process";

const memory = new WebAssembly.Memory({ initial: 1 });
const old = memory.buffer;
memory.grow(1);
let actual;
try {
  new DataView(old, 8, 1);
  actual = "no error";
} catch (error) {
  actual = error.name;
}
console.log("expected TypeError");
console.log("actual  ", actual);
process.exit(actual === "TypeError" ? 0 : 1);
