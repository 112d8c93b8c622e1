// Who runs us. Bun and Deno look like Node, so they are asked first.

import os from 'node:os';

function runtimeAndEngine() {
  const versions = process.versions;
  if (versions.bun) {
    return [{ name: 'bun', version: versions.bun }, { name: 'JavaScriptCore', version: versions.webkit ?? 'unknown' }];
  }
  if (globalThis.Deno?.version) {
    return [{ name: 'deno', version: Deno.version.deno }, { name: 'v8', version: Deno.version.v8 }];
  }
  return [{ name: 'node', version: versions.node }, { name: 'v8', version: versions.v8 }];
}

/** `{runtime, engine, platform}` of the handshake. */
export function identity() {
  const [runtime, engine] = runtimeAndEngine();
  return { runtime, engine, platform: `${process.platform}-${process.arch}` };
}

/** Memory that is free on this machine, in bytes. */
export function freeMemory() {
  return os.freemem();
}
