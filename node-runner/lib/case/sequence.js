// The order of a case's steps, kept by its agents themselves: each parks on the shared words, outside its event loop,
// until it is its step's turn. Nobody coordinates, so nobody has to turn its loop for another one's step.

import { Abort } from './outcome.js';
import { ABORTED, Layout, TURN } from './layout.js';

/** States of a step. */
export const DONE = 1;
export const FAILED = 2;
/** It was never done, because its agent is gone. */
export const DEAD = 3;

/** States of an agent. */
export const RUNNING = 0;
export const FINISHED = 1;
export const GONE = 2;
/** Not yet part of the case: it is on its way, or a later step makes it. */
export const STARTING = 3;
export const UNMADE = 4;

/** An abort is noticed after so many milliseconds at the latest, whatever one is parked on. */
const LOOK_AROUND = 200;

export class Sequence {
  #plan;
  #words;
  #report;

  /** Without `buffer` the words are this agent's alone. `report(step, result)` writes for agents that are gone. */
  constructor(plan, report, buffer) {
    this.#plan = plan;
    this.#report = report;
    this.layout = new Layout(plan);
    const shared = plan.agents.length > 0;
    this.buffer = buffer ?? (shared ? new SharedArrayBuffer(4 * this.layout.length) : new ArrayBuffer(4 * this.layout.length));
    this.#words = new Int32Array(this.buffer);
  }

  #check() {
    if (this.aborted) throw new Abort('the case was aborted');
  }

  #park(index, value) {
    this.#check();
    Atomics.wait(this.#words, index, value, LOOK_AROUND);
  }

  #store(index, value) {
    Atomics.store(this.#words, index, value);
    Atomics.notify(this.#words, index);
  }

  /** Parks until it is the turn of the step with this index among the plan's steps. */
  awaitTurn(index) {
    this.#check();
    for (let turn; (turn = Atomics.load(this.#words, TURN)) < index; ) this.#park(TURN, turn);
  }

  /** Gives the turn to the first step from this index on whose agent is there. */
  giveTurn(index) {
    const { steps } = this.#plan;
    let next = index;
    for (; next < steps.length; next++) {
      const step = steps[next];
      const agent = this.agent(step.agent);
      if (agent !== GONE && agent !== UNMADE) break;
      const reason = agent === GONE ? 'its agent was terminated' : 'its agent was never made';
      this.#report(step, { result: 'skipped', reason });
      this.setState(step.number, DEAD);
    }
    this.#store(TURN, next);
  }

  state(number) {
    return Atomics.load(this.#words, this.layout.state(number));
  }

  setState(number, state) {
    this.#store(this.layout.state(number), state);
  }

  /** Parks until a started step ended, one way or another; its state. */
  awaitEnd(number) {
    for (let state; ; ) {
      if ((state = this.state(number)) !== 0) return state;
      this.#park(this.layout.state(number), 0);
    }
  }

  agent(name) {
    return Atomics.load(this.#words, this.layout.agent(name));
  }

  setAgent(name, state) {
    this.#store(this.layout.agent(name), state);
  }

  /** Parks while an agent is in this state. */
  awaitAgent(name, state) {
    while (this.agent(name) === state) this.#park(this.layout.agent(name), state);
  }

  /** Marks an agent as gone, with whatever it had begun. */
  bury(name) {
    this.setAgent(name, GONE);
    for (const step of this.#plan.steps) {
      if (step.agent === name && step.start) {
        Atomics.compareExchange(this.#words, this.layout.state(step.number), 0, DEAD);
        Atomics.notify(this.#words, this.layout.state(step.number));
      }
    }
  }

  /** Which call of the callback this is, from 0, whoever makes it. */
  invocation(callback) {
    return Atomics.add(this.#words, this.layout.callback(callback), 1);
  }

  /** Records that a step sent a message. */
  posted(number, from, to, via) {
    const ordinal = Atomics.add(this.#words, this.layout.queue(from, to, via), 1) + 1;
    Atomics.store(this.#words, this.layout.ordinal(number), ordinal);
  }

  /** Which message of its queue a post sent, from 1; 0 if it sent none. */
  ordinal(number) {
    return Atomics.load(this.#words, this.layout.ordinal(number));
  }

  taken(from, to, via) {
    Atomics.add(this.#words, this.layout.queue(from, to, via) + 1, 1);
  }

  /** Messages that were sent and never taken. */
  leftOver(from, to, via) {
    const queue = this.layout.queue(from, to, via);
    return Atomics.load(this.#words, queue) - Atomics.load(this.#words, queue + 1);
  }

  /** Ends the case for everybody; true for the first who says so. */
  abort() {
    const first = Atomics.compareExchange(this.#words, ABORTED, 0, 1) === 0;
    for (let index = 0; index < this.#words.length; index++) Atomics.notify(this.#words, index);
    return first;
  }

  get aborted() {
    return Atomics.load(this.#words, ABORTED) !== 0;
  }
}
