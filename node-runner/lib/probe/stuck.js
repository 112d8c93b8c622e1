// Entry of a worker that a probe stops: it does not return from the export that it is told to call.

import { listen, parent } from '../platform/workers.js';
import { STUCK } from './modules.js';

listen(
  parent,
  ({ memory, name }) => {
    new WebAssembly.Instance(new WebAssembly.Module(STUCK), { m: { m: memory } }).exports[name]();
  },
  () => {},
);
