// The answer to `hello`.

import { identity } from '../platform/index.js';
import { probeFeatures } from '../probe/features.js';

export const VERSION = 1;

export async function handshake() {
  return { type: 'hello', protocol: VERSION, ...identity(), features: await probeFeatures() };
}
