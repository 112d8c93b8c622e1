// Methods of typed arrays that call back, and the loop over one: what their callback is given, while it runs steps.

import { runNested } from '../case/steps.js';
import { seenElement } from '../values/wasm.js';
import { kind } from './seen.js';

/** By a method's name, how it is called with a function that is to be given every element. */
const METHODS = {
  'for-each': (view, see) => view.forEach((element) => void see(element)),
  map: (view, see) => view.map((element) => see(element)),
  filter: (view, see) => view.filter((element) => (see(element), true)),
  every: (view, see) => view.every((element) => (see(element), true)),
  some: (view, see) => view.some((element) => (see(element), false)),
  find: (view, see) => view.find((element) => (see(element), false)),
  'find-last': (view, see) => view.findLast((element) => (see(element), false)),
  reduce: (view, see) => view.reduce((sum, element) => void see(element), 0),
  'reduce-right': (view, see) => view.reduceRight((sum, element) => void see(element), 0),
  sort: (view, see) => view.sort((left, right) => (see(left), left < right ? -1 : Number(left > right))),
  iterate(view, see) {
    for (const element of view) see(element);
  },
};

export const eachOperations = {
  each: {
    run(step, agent) {
      const elements = [];
      const see = (element) => {
        elements.push(element);
        if (elements.length === (step.at ?? 0) + 1) runNested(step.steps, agent);
        return element;
      };
      const made = METHODS[step.method](agent.get(step.view), see);
      if (step.as !== undefined) agent.set(step.as, made);
      // What a comparator is given, and how often, is up to the engine.
      return step.method === 'sort' ? [] : elements;
    },
    seen: (raw, step, agent) => raw.map((element) => seenElement(kind(agent.get(step.view)), element)),
  },
};
