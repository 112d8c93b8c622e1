// A SharedArrayBuffer in a transfer list is refused with a DataCloneError.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it is not.
import { MessageChannel } from "node:worker_threads";
import process from "node:process";

const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const { port1 } = new MessageChannel();
let actual;
try {
  port1.postMessage(buffer, [buffer]);
  actual = "no error";
} catch (error) {
  actual = error.name;
}
console.log("expected DataCloneError");
console.log("actual  ", actual);
process.exit(actual === "DataCloneError" ? 0 : 1);
