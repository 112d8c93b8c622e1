// Guests: compiled, instantiated, called.

import { fromBase64 } from '../platform/index.js';
import { seenResults } from '../values/wasm.js';
import { callback } from '../case/callbacks.js';
import { salted } from '../case/salt.js';

function compile(guest, sequence) {
  return new WebAssembly.Module(salted(fromBase64(guest.wasm), sequence));
}

function moduleOf(reference, agent, anew) {
  return 'guest' in reference ? agent.module(reference.guest, compile, anew) : agent.get(reference.handle);
}

function imported(source, agent) {
  if ('callback' in source) return callback(source.callback, agent);
  if ('value' in source) return agent.value(source.value);
  if ('export' in source) return agent.get(source.export.instance).exports[source.export.export];
  const { handle } = source;
  const dot = handle.indexOf('.');
  if (dot < 0 || agent.has(handle)) return agent.get(handle);
  return agent.get(handle.slice(0, dot)).exports[handle.slice(dot + 1)];
}

function importObject(imports, agent) {
  const object = {};
  for (const { module, name, ...source } of imports) (object[module] ??= {})[name] = imported(source, agent);
  return object;
}

/** Calls an export as a step or a disposal says. */
export function call(target, agent) {
  const args = target.args.length === 0 ? target.args : target.args.map((wire) => agent.value(wire));
  return agent.get(target.instance).exports[target.export](...args);
}

export const guestOperations = {
  compile: {
    by: 'engine',
    run(step, agent) {
      agent.set(step.as, moduleOf(step.module, agent, true));
    },
  },
  instantiate: {
    by: 'engine',
    run(step, agent) {
      const module = moduleOf(step.module, agent, false);
      agent.set(step.as, new WebAssembly.Instance(module, importObject(step.imports, agent)));
    },
  },
  call: {
    by: 'engine',
    run(step, agent) {
      const returned = call(step, agent);
      if (step.as !== undefined) agent.keep(step.as, step.results[0], returned);
      return returned;
    },
    seen: (raw, step) => seenResults(step.results, raw),
  },
};
