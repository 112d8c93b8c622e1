// Faults of `using` declarations. The runner has its block from `Function`, so that what an engine's parser would make
// of the declaration can be put in its place.

import { constructor } from './support.mjs';

const instead = (change) => () =>
  constructor(globalThis, 'Function', (plain, parts) => {
    const source = parts.pop();
    return plain(...parts, typeof source === 'string' ? change(source) : source);
  });

export const blocks = {
  'using-disposes-nothing': instead((source) => source.replace(/\busing\b/, 'const')),
  'using-disposes-at-once': instead((source) => source.replace(/\busing (\w+) = (\w+);/, 'const $1 = $2; $1[Symbol.dispose]();')),
};
