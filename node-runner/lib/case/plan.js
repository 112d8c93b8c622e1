// A plan as it came over the wire: walked, and checked before anything of it runs.

/** Every step, those of callbacks and those within steps included. */
export function* allSteps(plan) {
  yield* nested(plan.steps);
  for (const callback of plan.callbacks) {
    yield { number: callback.number };
    yield* nested(callback.steps);
  }
}

function* nested(steps) {
  for (const step of steps) {
    yield step;
    yield* within(step);
  }
}

/** The steps of a block, of a callback, of an argument's conversion: wherever they stand within a step. */
function* within(value) {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries(value)) {
    if (name === 'steps') yield* nested(part);
    else yield* within(part);
  }
}

/** Why the plan cannot be run by this runner, or null. */
export function faultOf(plan, operations) {
  for (const list of ['agents', 'guests', 'callbacks', 'steps']) {
    if (!Array.isArray(plan?.[list])) return `the plan has no list of ${list}`;
  }
  const agents = new Set(['main', ...plan.agents]);
  for (const step of allSteps(plan)) {
    if (!Number.isSafeInteger(step.number) || step.number < 0 || step.number > 1e6) return `a step has the number ${step.number}`;
    if (step.op === undefined && step.agent === undefined) continue;
    if (!Object.hasOwn(operations, step.op)) return `step ${step.number} has an unknown operation \`${step.op}\``;
  }
  for (const step of plan.steps) {
    if (!agents.has(step.agent)) return `step ${step.number} is for \`${step.agent}\`, who is no agent of the plan`;
  }
  return null;
}

/** Does any step of the plan post this way? */
export function posts(plan, via, to) {
  for (const step of allSteps(plan)) {
    if (step.op === 'post' && step.via === via && (to === undefined || step.to === to)) return true;
  }
  return false;
}
