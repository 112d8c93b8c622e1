// The answer to `hello`.

import { identity } from '../platform/index.js';
import { probeFeatures } from '../probe/features.js';

export const VERSION = 1;

/** `known` is what a process of the same command found out shortly before, if there was one. */
export async function handshake(known) {
  return { type: 'hello', protocol: VERSION, ...identity(), features: known ?? (await probeFeatures()) };
}
