// The fraction of Memory.grow's argument is dropped before the range is looked at, so that -0.9 is 0.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it is not.
import process from "node:process";

const grow = (by) => {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 2 }).grow(by);
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};
const actual = grow(-0.9);
console.log("expected 1");
console.log("actual  ", actual);
process.exit(actual === 1 ? 0 : 1);
