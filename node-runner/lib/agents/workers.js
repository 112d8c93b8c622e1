// The workers of this process, seen from main: made when first needed, and kept for later cases, since making one is
// what costs most. Control travels by a port of its own, so that a case's messages go bare over the worker itself.

import { channel, close, keepAlive, listen, onDeath, spawn, terminate } from '../platform/index.js';

const ENTRY = new URL('../../worker.js', import.meta.url);

/** One worker and main's end of its control port. */
class Hand {
  /** The mailbox of the case under way, and under which name the worker takes part in it. */
  mailbox = null;
  name = null;
  /** Called with a reason if the worker ends or fails unasked. */
  onFault = null;
  /** Called with what the worker says over its control port. */
  onControl = null;

  constructor(worker, control) {
    this.worker = worker;
    this.control = control;
    listen(
      worker,
      (value) => this.mailbox?.push(this.name, 'message', { value }),
      () => this.mailbox?.push(this.name, 'message', { failed: true }),
    );
    listen(control, (message) => this.onControl?.(message), () => this.onFault?.('a control message was lost'));
    onDeath(worker, (reason) => this.onFault?.(reason));
  }
}

export class Workers {
  #idle = [];
  #output;

  constructor(output) {
    this.#output = output;
  }

  async take() {
    return this.#idle.pop() ?? this.begin(undefined).ready;
  }

  /** Starts a worker with this data; throws what cloning it throws. `ready` resolves to it once it listens. */
  begin(data) {
    const worker = spawn(ENTRY, data);
    const [near, far] = channel();
    const hand = new Hand(worker, near);
    const ready = new Promise((resolve, reject) => {
      hand.onFault = (reason) => reject(new Error(reason));
      hand.onControl = () => resolve(hand);
    });
    worker.postMessage({ nonce: this.#output.nonce, lock: this.#output.shared, control: far }, [far]);
    return { ready: keepAlive(ready) };
  }

  giveBack(hand) {
    hand.mailbox = hand.onFault = hand.onControl = null;
    this.#idle.push(hand);
  }

  /** Ends a worker; resolves when it is gone. */
  discard(hand) {
    hand.mailbox = hand.onFault = hand.onControl = null;
    close(hand.control);
    return terminate(hand.worker);
  }
}
