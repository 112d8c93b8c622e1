// The words that the agents of a case share, laid out alike by every agent from the plan.

import { allSteps } from './plan.js';

export const TURN = 0;
export const ABORTED = 1;
const FIRST = 2;

/** Indices into a case's words. */
export class Layout {
  #agents = new Map();
  #callbacks = new Map();
  #numbers;
  #queues;

  constructor(plan) {
    let next = FIRST;
    for (const name of ['main', ...plan.agents]) this.#agents.set(name, next++);
    for (const callback of plan.callbacks) this.#callbacks.set(callback.name, next++);
    this.#numbers = next;
    let highest = 0;
    for (const step of allSteps(plan)) highest = Math.max(highest, step.number);
    next += 2 * (highest + 1);
    this.#queues = next;
    this.length = next + 2 * QUEUES.length * this.#agents.size ** 2;
  }

  agent(name) {
    return this.#agents.get(name);
  }

  /** Counts a callback's calls. */
  callback(name) {
    return this.#callbacks.get(name);
  }

  /** How a step ended. */
  state(number) {
    return this.#numbers + 2 * number;
  }

  /** Which message of its queue a `post` sent, counted from 1. */
  ordinal(number) {
    return this.#numbers + 2 * number + 1;
  }

  /** Counts the messages that were sent from one agent to another one way; the word after it counts those taken. */
  queue(from, to, via) {
    const pair = (this.#agents.get(from) - FIRST) * this.#agents.size + this.#agents.get(to) - FIRST;
    return this.#queues + 2 * (pair * QUEUES.length + QUEUES.indexOf(via));
  }
}

const QUEUES = ['message', 'channel', 'worker-data'];
