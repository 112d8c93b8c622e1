// What other agents sent to one agent during one case, by sender and way, and the ports to send by.
// Only the event loop fills it.

import { close, keepAlive, listen, turn } from '../platform/index.js';
import { Skip } from '../case/outcome.js';

export class Mailbox {
  #queues = new Map();
  #waiting = new Map();
  #ports = new Map();
  #own = [];

  /** A port by which messages to and from a peer travel. It is closed with the mailbox if it is the case's own. */
  connect(peer, via, port, own) {
    this.#ports.set(`${peer}/${via}`, port);
    if (!own) return;
    this.#own.push(port);
    listen(port, (value) => this.push(peer, via, { value }), () => this.push(peer, via, { failed: true }));
  }

  port(peer, via) {
    const port = this.#ports.get(`${peer}/${via}`);
    if (port === undefined) throw new Skip(`there is no way to \`${peer}\``);
    return port;
  }

  push(from, via, item) {
    const key = `${from}/${via}`;
    const queue = this.#queues.get(key) ?? [];
    queue.push(item);
    this.#queues.set(key, queue);
    this.#waiting.get(key)?.();
  }

  /** The message of a queue with this ordinal, from 1. Takes a turn of the loop, and more until the message is there. */
  async take(from, via, ordinal) {
    const key = `${from}/${via}`;
    await turn();
    while ((this.#queues.get(key)?.length ?? 0) < ordinal) {
      await keepAlive(new Promise((resolve) => this.#waiting.set(key, resolve)));
    }
    this.#waiting.delete(key);
    const queue = this.#queues.get(key);
    const item = queue[ordinal - 1];
    queue[ordinal - 1] = undefined;
    return item;
  }

  close() {
    for (const port of this.#own) close(port);
    for (const map of [this.#queues, this.#waiting, this.#ports]) map.clear();
    this.#own = [];
  }
}
