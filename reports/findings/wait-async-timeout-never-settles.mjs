// The promise of Atomics.waitAsync is settled by its timeout, though nothing else happens in the event loop.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it is not settled, or only when a timer
// of three seconds wakes the loop.
import process from "node:process";

const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const words = new Int32Array(buffer);
const start = performance.now();
setTimeout(() => setTimeout(() => show("not settled"), 1000), 3000);
const show = (result) => {
  const late = performance.now() - start >= 2999;
  console.log("expected timed-out, before the timer");
  console.log(`actual   ${result}, ${late ? "after" : "before"} the timer`);
  process.exit(result === "timed-out" && !late ? 0 : 1);
};
Atomics.waitAsync(words, 0, 0, 10).value.then(show);
