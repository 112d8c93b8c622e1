// The agents of a test, a worker each, and the histogram that they leave in the memory. The main thread races on
// nothing: it makes memories, starts the others, asks them to stop and reads what they counted.

import { fromBase64, listen, onDeath, spawn } from '../lib/platform/index.js';

const ENTRY = new URL('./worker.js', import.meta.url);

export class Team {
  #members = [];

  /** Makes everything that a test needs, so that a slice only runs. */
  async prepare(job) {
    this.job = job;
    this.wasm = fromBase64(job.wasm);
    this.module = new WebAssembly.Module(this.wasm);
    if (!job.fresh) await this.#begin();
  }

  /** A memory in its initial state, known to all agents. */
  async #begin() {
    const { initial, maximum, agents } = this.job;
    this.memory = new WebAssembly.Memory({ initial, maximum, shared: true });
    this.exports = new WebAssembly.Instance(this.module, { env: { memory: this.memory } }).exports;
    this.exports.reset();
    await this.#all(agents, (agent, place) => ({ kind: 'begin', agent, place, memory: this.memory, wasm: this.wasm }));
  }

  /** Runs at most so many batches, for about so long at most; tells what was seen in them. */
  async slice(batches, milliseconds) {
    const total = { batches: 0, nanoseconds: 0, overflow: '0', entries: [] };
    let rest = milliseconds;
    do {
      if (this.job.fresh) await this.#begin();
      this.exports.clear();
      const stop = setTimeout(this.exports.stop, Math.max(rest, 1));
      // What cannot be taken back is done once in each memory.
      const limit = this.job.fresh ? 1 : batches;
      const ends = await this.#all(this.job.agents, () => ({ kind: 'run', limit }));
      clearTimeout(stop);
      const took = Math.max(...ends.map((end) => end.milliseconds));
      total.batches += ends[0].batches;
      total.nanoseconds += Math.round(took * 1e6);
      rest -= this.job.fresh ? Math.max(took, 1) : rest;
      this.#count(total);
    } while (total.batches < batches && rest > 0);
    return total;
  }

  #count(total) {
    const { tables, slots, words, overflow } = this.job;
    const view = new DataView(this.memory.buffer);
    const u64 = (at) => view.getBigUint64(at, true);
    total.overflow = String(BigInt(total.overflow) + u64(overflow));
    for (const table of tables) {
      for (let slot = 0; slot < slots; slot++) {
        const at = table + slot * 8 * (words + 1);
        const count = u64(at);
        if (count === 0n) continue;
        const values = Array.from({ length: words }, (_, word) => String(u64(at + 8 + 8 * word)));
        total.entries.push({ count: String(count), values });
      }
    }
  }

  /** Sends each agent a message and waits until each has answered its own. */
  #all(agents, message) {
    while (this.#members.length < agents.length) this.#members.push(new Member());
    return Promise.all(agents.map((agent, place) => this.#members[place].ask(message(agent, place))));
  }
}

/** A worker and the one question that it is at. */
class Member {
  constructor() {
    this.worker = spawn(ENTRY);
    const fail = (message) => this.settle?.reject(new Error(message));
    onDeath(this.worker, fail);
    listen(
      this.worker,
      (answer) => (answer.failed === undefined ? this.settle.resolve(answer) : fail(answer.failed)),
      () => fail('a message could not be received'),
    );
  }

  ask(message) {
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.worker.postMessage(message);
    });
  }
}
