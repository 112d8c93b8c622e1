// The workers of one case, seen from main: told of the case, made by a step, stopped by a step, sent home.

import { channel, keepAlive } from '../platform/index.js';
import { Skip, Unsupported } from '../case/outcome.js';
import { posts } from '../case/plan.js';
import { RUNNING, STARTING, UNMADE } from '../case/sequence.js';

export class Crew {
  #hands = new Map();
  #made = new Set();
  #ports = new Map();
  #case;

  /** `request` is `{number, plan, text}`; `onFault` is called with a reason if a worker fails. */
  constructor({ request, sequence, output, mailbox, workers, onFault }) {
    this.#case = { request, sequence, output, mailbox, workers, onFault };
    for (const name of request.plan.agents) this.#ports.set(name, []);
    this.#openChannels();
  }

  #openChannels() {
    const { plan } = this.#case.request;
    const names = ['main', ...plan.agents];
    const vias = ['message', 'channel'].filter((via) => posts(plan, via));
    for (const via of vias) {
      for (const [index, left] of names.entries()) {
        for (const right of names.slice(index + 1)) {
          if (via === 'message' && left === 'main') continue;
          const [leftPort, rightPort] = channel();
          this.#handOver(left, right, via, leftPort);
          this.#handOver(right, left, via, rightPort);
        }
      }
    }
  }

  #handOver(owner, peer, via, port) {
    if (owner === 'main') this.#case.mailbox.connect(peer, via, port, true);
    else this.#ports.get(owner).push({ peer, via, port });
  }

  /** Brings in every worker but those that a step makes. */
  async muster() {
    const { request, sequence, workers } = this.#case;
    for (const name of request.plan.agents) {
      if (posts(request.plan, 'worker-data', name)) sequence.setAgent(name, UNMADE);
      else this.#start(name, await workers.take());
    }
  }

  #start(name, hand) {
    const { request, sequence, mailbox, onFault } = this.#case;
    this.#hands.set(name, hand);
    hand.mailbox = mailbox;
    hand.name = name;
    hand.onFault = onFault;
    hand.onControl = ({ fault }) => onFault(fault);
    mailbox.connect(name, 'message', hand.worker, false);
    const ports = this.#ports.get(name);
    sequence.setAgent(name, STARTING);
    hand.control.postMessage(
      { name, number: request.number, plan: request.text, words: sequence.buffer, ports, made: this.#made.has(name) },
      ports.map(({ port }) => port),
    );
    // Bare messages and control messages are not ordered among each other, so it must know of the case first.
    sequence.awaitAgent(name, STARTING);
  }

  /** Makes a worker with `workerData`; `sent` is called when the data was cloned. */
  async make(name, data, sent) {
    const { sequence, workers } = this.#case;
    if (sequence.agent(name) !== UNMADE) throw new Unsupported(`\`${name}\` was made before`);
    // `undefined` cannot be told from no data at all.
    const { ready } = workers.begin(data);
    const hand = await ready;
    this.#made.add(name);
    sent();
    this.#start(name, hand);
  }

  /** Stops a worker wherever it is. Nobody writes meanwhile, so that it is not stopped in the middle of a line. */
  async stop(name) {
    const { sequence, output, workers } = this.#case;
    const hand = this.#hands.get(name);
    if (hand === undefined) throw new Skip(`\`${name}\` is not there`);
    output.hold();
    try {
      await keepAlive(workers.discard(hand));
    } finally {
      output.release();
    }
    this.#hands.delete(name);
    sequence.bury(name);
  }

  /** Waits until everybody is done, parked. Workers of which something may be left behind are ended. */
  disband() {
    const { sequence, workers } = this.#case;
    for (const name of this.#hands.keys()) sequence.awaitAgent(name, RUNNING);
    for (const [name, hand] of this.#hands) {
      const left = sequence.leftOver('main', name, 'message') + sequence.leftOver(name, 'main', 'message');
      if (left !== 0 || this.#made.has(name)) workers.discard(hand).catch(() => {});
      else workers.giveBack(hand);
    }
    this.#hands.clear();
  }

  /** Ends all workers of a case that was aborted. */
  discard() {
    for (const hand of this.#hands.values()) this.#case.workers.discard(hand).catch(() => {});
    this.#hands.clear();
  }
}
