// A guest that runs while another agent grows the shared memory, and learns of it by an atomic load, must find it grown.
// node script.mjs, bun script.mjs, deno run -A script.mjs; exit code 1 where it does not.
// What the guest is stands in v8-running-guest-keeps-the-old-size.md.
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import process from "node:process";

const wasm =
  "AGFzbQEAAAABCAJgAABgAAF/AhEBA2VudgZtZW1vcnkCAwGBAgMHBgABAQEBAQcrBgRncm93AAAEc2l6ZQABBXN0b3JlAAIEbG9hZAADBGZpbG" +
  "wABANhZGQABQrCAwZEAQJ/A0AgAEEBaiEAQQFAABpBACAA/hcCAEGAwtcvIQEDQCABQQFrIgFFBEAPC0EE/hACACAASQ0ACyAAQYACSQ0ACwtI" +
  "AQJ/A0AgAEEBaiEAA0BBgIACIABBgIAC/AsAQQD+EAIAIABJDQALIAE/ACAAQQFqR2ohAUEEIAD+FwIAIABBgAJJDQALIAELSwECfwNAIABBAW" +
  "ohAANAQYCAAiAAQYCAAvwLAEEA/hACACAASQ0ACyAAQYCABGwhASABQQE6AABBBCAA/hcCACAAQYACSQ0AC0EAC0oBAn8DQCAAQQFqIQADQEGA" +
  "gAIgAEGAgAL8CwBBAP4QAgAgAEkNAAsgAEGAgARsIQEgAS0AABpBBCAA/hcCACAAQYACSQ0AC0EAC00BAn8DQCAAQQFqIQADQEGAgAIgAEGAgA" +
  "L8CwBBAP4QAgAgAEkNAAsgAEGAgARsIQEgAUEBQQH8CwBBBCAA/hcCACAAQYACSQ0AC0EAC00BAn8DQCAAQQFqIQADQEGAgAIgAEGAgAL8CwBB" +
  "AP4QAgAgAEkNAAsgAEGAgARsIQEgAUEB/iAAABpBBCAA/hcCACAAQYACSQ0AC0EACw==";
const bytes = Uint8Array.from(atob(wasm), (c) => c.charCodeAt(0));
const instantiate = (memory) => new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;

/** Runs one guest beside the grower; null where the machine was too busy for the two to keep step. */
async function run(what) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 257, shared: true });
  const worker = new Worker(new URL(import.meta.url), { workerData: { memory, what } });
  const { grow } = instantiate(memory);
  await new Promise((resolve) => worker.once("message", resolve)); // it is about to call its guest
  const answer = new Promise((resolve) => worker.once("message", resolve));
  grow(); // it goes on for 256 rounds, or until the other falls silent
  const words = new Int32Array(memory.buffer);
  if (Atomics.load(words, 1) === 256) return answer;
  const pause = new Promise((resolve) => setTimeout(() => resolve(null), 2000));
  const early = await Promise.race([answer, pause]);
  Atomics.store(words, 0, -1); // whoever still follows comes to its end
  return early;
}

if (isMainThread) {
  let wrong = false;
  for (const what of ["size", "load", "store", "fill", "add"]) {
    let actual = null;
    for (let attempt = 0; actual === null && attempt < 5; attempt++) actual = await run(what);
    console.log(`${what.padEnd(6)} expected wrong in 0 rounds, actual ${actual ?? "nothing: the machine is too busy"}`);
    wrong ||= actual !== null && actual !== "wrong in 0 rounds";
  }
  process.exit(wrong ? 1 : 0);
} else {
  const { memory, what } = workerData;
  const guest = instantiate(memory);
  let answer;
  try {
    parentPort.postMessage("ready");
    answer = `wrong in ${guest[what]()} rounds`;
  } catch (error) {
    answer = `${error.name}: ${error.message}`;
  }
  parentPort.postMessage(answer);
}
