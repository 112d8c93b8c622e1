// Host functions that guests import, whose bodies are steps.

import { seenAs } from '../values/wasm.js';
import { runNested } from './steps.js';
import { Unsupported } from './outcome.js';

function thrown(name) {
  const Class = globalThis[name] ?? WebAssembly[name];
  if (typeof Class !== 'function') throw new Unsupported(`there is no error class ${name}`);
  return new Class('thrown by a callback of the case');
}

/** The function to import for a callback of the plan, by an agent. */
export function callback(name, agent) {
  const body = agent.plan.callbacks.find((candidate) => candidate.name === name);
  if (body === undefined) throw new Unsupported(`the plan has no callback \`${name}\``);
  return (...args) => {
    const outer = agent.invocation;
    agent.invocation = agent.sequence.invocation(name);
    try {
      const values = args.map((value, index) => seenAs(body.params[index], value));
      agent.observe(body.number, 'engine', { result: 'returned', values });
      runNested(body.steps, agent);
      if ('throws' in body.ending) {
        const error = thrown(body.ending.throws);
        agent.thrown.add(error);
        throw error;
      }
      const results = body.ending.returns.map((wire) => agent.value(wire));
      return results.length > 1 ? results : results[0];
    } finally {
      agent.invocation = outer;
    }
  };
}
