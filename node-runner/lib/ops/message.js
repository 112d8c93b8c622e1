// Messages: built from handles and values by who sends, taken apart into handles by who receives.

import { toJs } from '../values/wire.js';

export function build(message, agent) {
  if ('handle' in message) return agent.ref(message.handle);
  if ('literal' in message) return toJs(message.literal);
  if ('array' in message) return message.array.map((element) => build(element, agent));
  return Object.fromEntries(message.object.map(([name, part]) => [name, build(part, agent)]));
}

export function bind(pattern, value, agent) {
  if ('as' in pattern) agent.set(pattern.as, value);
  else if ('array' in pattern) pattern.array.forEach((part, index) => bind(part, value[index], agent));
  else for (const [name, part] of pattern.object) bind(part, value[name], agent);
}

/** Forgets every name of a pattern, so that a failed receive leaves no older object behind under one of them. */
export function unbind(pattern, agent) {
  if ('as' in pattern) agent.forget(pattern.as);
  else if ('array' in pattern) for (const part of pattern.array) unbind(part, agent);
  else for (const [, part] of pattern.object) unbind(part, agent);
}
