// Runs the litmus test below until a forbidden outcome is seen; exit code 1 then, 0 if none is.
// node script.mjs, bun script.mjs, deno run -A script.mjs
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import process from "node:process";

const TEST = "@DATA@";

const module = () => new WebAssembly.Module(Uint8Array.from(atob(TEST.wasm), (c) => c.charCodeAt(0)));
const instantiate = (memory) => new WebAssembly.Instance(module(), { env: { memory } }).exports;

function count(memory, seen) {
  const view = new DataView(memory.buffer);
  for (const table of TEST.tables) {
    for (let slot = 0; slot < TEST.slots; slot++) {
      const at = table + slot * 8 * (TEST.words + 1);
      const count = view.getBigUint64(at, true);
      if (count === 0n) continue;
      const values = Array.from({ length: TEST.words }, (_, word) => view.getBigUint64(at + 8 + 8 * word, true));
      const outcome = TEST.names.map((name, word) => `${name}=${values[word]};`).join(" ");
      seen.set(outcome, (seen.get(outcome) ?? 0n) + count);
    }
  }
}

const answers = (workers) => Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));

if (isMainThread) {
  const seen = new Map();
  const bad = () => [...seen.keys()].filter((outcome) => !TEST.allowed.includes(outcome));
  const until = Date.now() + 60_000;
  while (bad().length === 0 && Date.now() < until) {
    const { initial, maximum } = TEST;
    const memory = new WebAssembly.Memory({ initial, maximum, shared: true });
    const exports = instantiate(memory);
    exports.reset();
    const workers = TEST.agents.map((agent) => new Worker(new URL(import.meta.url), { workerData: { agent, memory } }));
    await answers(workers);
    for (let slice = 0; slice < (TEST.fresh ? 1 : 20) && bad().length === 0 && Date.now() < until; slice++) {
      exports.clear();
      const stop = setTimeout(exports.stop, 1000);
      const done = answers(workers);
      for (const worker of workers) worker.postMessage(TEST.fresh ? 1 : 0x7fffffff);
      const hang = setTimeout(() => {
        console.log("an agent does not come back");
        process.exit(1);
      }, 30_000);
      await done;
      clearTimeout(hang);
      clearTimeout(stop);
      count(memory, seen);
    }
    for (const worker of workers) await worker.terminate();
  }
  for (const [outcome, count] of seen) {
    console.log(`${count} ${outcome} ${TEST.allowed.includes(outcome) ? "allowed" : "FORBIDDEN"}`);
  }
  process.exit(bad().length > 0 ? 1 : 0);
} else {
  const { agent, memory } = workerData;
  const exports = instantiate(memory);
  const run = agent.js === undefined ? exports[agent.wasm] : new Function("memory", "exports", agent.js)(memory, exports);
  parentPort.on("message", (limit) => {
    run(limit);
    parentPort.postMessage("done");
  });
  parentPort.postMessage("ready");
}
