// Makes the runtime that loads this faulty, in the one way that the query names: `node --import
// .../preload.mjs?grow-zero-keeps-buffer main.js`. Workers load it too, since they inherit the arguments.
// catalogue.json says what each fault is and which clause it violates.

import { atomics } from './atomics.mjs';
import { blocks } from './blocks.mjs';
import { callbacks } from './callbacks.mjs';
import { calls } from './calls.mjs';
import { dataViews } from './data-views.mjs';
import { descriptors } from './descriptors.mjs';
import { elements } from './elements.mjs';
import { memories } from './memories.mjs';
import { operations } from './operations.mjs';
import { text } from './text.mjs';
import { travel } from './travel.mjs';
import { undetached } from './undetached.mjs';
import { views } from './views.mjs';
import { waiting } from './waiting.mjs';

const mutants = {
  ...memories,
  ...descriptors,
  ...views,
  ...elements,
  ...undetached,
  ...dataViews,
  ...atomics,
  ...waiting,
  ...travel,
  ...calls,
  ...operations,
  ...callbacks,
  ...text,
  ...blocks,
};

const name = new URL(import.meta.url).search.slice(1);
if (!Object.hasOwn(mutants, name)) throw new Error(`there is no mutant \`${name}\``);
mutants[name]();
