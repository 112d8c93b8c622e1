// What the language itself has no standard way for: base64 and SHA-256, and Node's own buffers.

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

export { Buffer };

export function fromBase64(text) {
  return Buffer.from(text, 'base64');
}

/** A SHA-256 under way: `update(Uint8Array)` any number of times, then `hex()`. */
export function sha256() {
  const hash = createHash('sha256');
  return { update: (bytes) => hash.update(bytes), hex: () => hash.digest('hex') };
}
