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

if (isMainThread) {
  let wrong = false;
  for (const what of ["size", "load", "store", "fill", "add"]) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 257, shared: true });
    const worker = new Worker(new URL(import.meta.url), { workerData: { memory, what } });
    const { grow } = instantiate(memory);
    await new Promise((resolve) => worker.once("message", resolve)); // it is about to call its guest
    grow();
    const actual = await new Promise((resolve) => worker.once("message", resolve));
    console.log(`${what.padEnd(6)} expected wrong in 0 rounds of 256, actual ${actual}`);
    wrong ||= actual !== "wrong in 0 rounds";
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
