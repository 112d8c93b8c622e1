// Everything that is not ECMAScript or WebAssembly. A host of another kind replaces this folder.

export * from './bytes.js';
export * from './garbage.js';
export * from './identity.js';
export * from './loop.js';
export * from './process.js';
export * from './stdio.js';
export * from './workers.js';
