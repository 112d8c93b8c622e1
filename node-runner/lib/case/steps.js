// An agent's way through the steps of a plan.

import { operations } from '../ops/index.js';
import { perform } from './perform.js';
import { DONE, FAILED } from './sequence.js';

function succeeded(result) {
  if (result.result === 'repeated') return result.runs.every((run) => run.result === 'returned');
  return result.result === 'returned';
}

const THREW = new Set(['threw', 'trap', 'exhaustion']);

function record(step, agent, result, number = step.number) {
  const { by = 'host', silent = false } = operations[step.op];
  // A join that returned has nothing to add: the started step wrote its result under the join's number.
  const written = silent && succeeded(result);
  if (!written && number !== null) agent.observe(number, by, result);
  agent.sequence.setState(step.number, succeeded(result) ? DONE : FAILED);
}

/** Does an agent's steps in their turns. It runs without a turn of the event loop wherever no step asks for one. */
export async function runSteps(agent) {
  const { plan, sequence } = agent;
  for (let index = 0; index < plan.steps.length; index++) {
    const step = plan.steps[index];
    if (step.agent !== agent.name) continue;
    sequence.awaitTurn(index);
    if (step.start) {
      agent.observe(step.number, operations[step.op].by ?? 'host', { result: 'started' });
      sequence.giveTurn(index + 1);
    }
    let result = perform(operations[step.op], step, agent);
    if (result instanceof Promise) result = await result;
    if (step.start) {
      record(step, agent, result, step.start.join ?? null);
    } else {
      record(step, agent, result);
      sequence.giveTurn(index + 1);
    }
  }
}

const LEFT = { result: 'skipped', reason: 'an earlier step left the block' };

/**
 * Does the steps of a callback's body, of a block or of a conversion, on the stack of whoever called. With `propagate`
 * the first that throws ends it with what it threw.
 */
export function runNested(steps, agent, propagate = false) {
  agent.depth++;
  try {
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index];
      const result = perform(operations[step.op], step, agent);
      record(step, agent, result);
      if (!propagate || !THREW.has(result.result)) continue;
      for (const left of steps.slice(index + 1)) record(left, agent, LEFT);
      throw agent.error;
    }
  } finally {
    agent.depth--;
  }
}
