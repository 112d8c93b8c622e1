// The promise of Atomics.waitAsync is settled by a notify, and by its timeout.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it is not settled within five seconds.
import process from "node:process";

const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const words = new Int32Array(buffer);
const notified = Atomics.waitAsync(words, 0, 0).value;
const patient = Atomics.waitAsync(words, 1, 0, 10).value;
const woken = Atomics.notify(words, 0);

let actual = "not settled";
const show = () => {
  const expected = "ok, timed-out";
  console.log(`expected ${expected}; notify woke 1`);
  console.log(`actual   ${actual}; notify woke ${woken}`);
  process.exit(actual === expected ? 0 : 1);
};
const timer = setTimeout(show, 5000);
Promise.all([notified, patient]).then((results) => {
  clearTimeout(timer);
  actual = results.join(", ");
  show();
});
