// Protocol lines on stdout, from whichever agent has something to say; a lock keeps them whole.

import { writeOut } from '../platform/index.js';

const FREE = 0;
const HELD = 1;
const CONTENDED = 2;

export class Output {
  #lock;
  /** Whether this agent has the lock: still, if the stack was exhausted where it should have been released. */
  #mine = false;

  /** `shared` is what another agent's Output shares to write to the same stdout. */
  constructor(nonce, shared = new SharedArrayBuffer(4)) {
    this.nonce = nonce;
    this.shared = shared;
    this.#lock = new Int32Array(shared);
  }

  send(message) {
    const line = `${this.nonce} ${JSON.stringify(message)}\n`;
    this.hold();
    try {
      writeOut(line);
    } finally {
      this.release();
    }
  }

  /** Keeps everybody else from writing: for an agent that is about to be stopped, wherever it is. */
  hold() {
    if (this.#mine) return;
    if (Atomics.compareExchange(this.#lock, 0, FREE, HELD) !== FREE) {
      while (Atomics.exchange(this.#lock, 0, CONTENDED) !== FREE) Atomics.wait(this.#lock, 0, CONTENDED);
    }
    this.#mine = true;
  }

  release() {
    this.#mine = false;
    if (Atomics.exchange(this.#lock, 0, FREE) === CONTENDED) Atomics.notify(this.#lock, 0, 1);
  }
}
