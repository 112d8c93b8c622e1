// One step, done once or repeatedly, from its operation to its result on the wire.

import { Unsupported, failure } from './outcome.js';

/** How many runs of equal rounds a repeated step records. */
export const MAX_RUNS = 1024;

/** An operation is `{run, seen, loop, by}`: see lib/ops/index.js. */
export function perform(operation, step, agent) {
  const loop = typeof operation.loop === 'function' ? operation.loop(step) : operation.loop;
  if (loop && agent.depth > 0) {
    return failure(new Unsupported('the event loop cannot turn while a guest or a block is on the stack'), agent.thrown);
  }
  if (loop) return performInLoop(operation, step, agent);
  if (step.repeat > 1) {
    const runs = new Runs(operation, step, agent);
    for (let round = 0; round < step.repeat; round++) {
      try {
        runs.completed(operation.run(step, agent));
      } catch (error) {
        runs.failed(error);
      }
    }
    return runs.result();
  }
  try {
    return returned(operation, step, agent, operation.run(step, agent));
  } catch (error) {
    return failed(step, agent, error);
  }
}

async function performInLoop(operation, step, agent) {
  const repeat = step.repeat ?? 1;
  const runs = new Runs(operation, step, agent);
  for (let round = 0; round < repeat; round++) {
    try {
      runs.completed(await operation.run(step, agent));
    } catch (error) {
      runs.failed(error);
    }
  }
  return repeat > 1 ? runs.result() : runs.single();
}

function returned(operation, step, agent, raw) {
  return { result: 'returned', values: operation.seen ? operation.seen(raw, step, agent) : [] };
}

function failed(step, agent, error) {
  if (typeof step.as === 'string') agent.forget(step.as);
  agent.error = error;
  return failure(error, agent.thrown);
}

function same(left, right) {
  if (Object.is(left, right)) return true;
  return Array.isArray(left) && Array.isArray(right) && left.length === right.length && left.every((value, index) => Object.is(value, right[index]));
}

function sameFailure(left, right) {
  return left.result === right.result && left.message === right.message && left.error === right.error && left.reason === right.reason;
}

/** Rounds, equal neighbours folded. What rounds returned is compared as it is, and made into text once a run. */
class Runs {
  #operation;
  #step;
  #agent;
  #runs = [];
  #unrecorded = 0;

  constructor(operation, step, agent) {
    this.#operation = operation;
    this.#step = step;
    this.#agent = agent;
  }

  completed(raw) {
    const last = this.#runs.at(-1);
    if (last !== undefined && last.failure === null && same(last.raw, raw) && this.#unrecorded === 0) last.rounds++;
    else this.#add({ rounds: 1, raw, failure: null });
  }

  failed(error) {
    const result = failed(this.#step, this.#agent, error);
    const last = this.#runs.at(-1);
    if (last?.failure && sameFailure(last.failure, result) && this.#unrecorded === 0) last.rounds++;
    else this.#add({ rounds: 1, failure: result });
  }

  #add(run) {
    if (this.#runs.length < MAX_RUNS) this.#runs.push(run);
    else this.#unrecorded++;
  }

  #shown({ raw, failure: result }) {
    return result ?? returned(this.#operation, this.#step, this.#agent, raw);
  }

  single() {
    return this.#shown(this.#runs[0]);
  }

  result() {
    const runs = this.#runs.map((run) => ({ rounds: run.rounds, ...this.#shown(run) }));
    return { result: 'repeated', runs, unrecorded: this.#unrecorded };
  }
}
