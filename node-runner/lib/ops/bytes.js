// Bytes of a buffer: copied out, copied in, digested. What is shared is copied before anything else is done with it.

import { sha256 } from '../platform/index.js';
import { fromHex, toHex } from '../values/hex.js';
import { Unsupported } from '../case/outcome.js';
import { bytes, digests } from './seen.js';

const CHUNK = 1 << 20;
const PAGE = 65536;
/** The largest buffer that is digested without a range. */
const WHOLE = 64 << 20;

function digest(view, from, to, scratch) {
  const hash = sha256();
  for (let at = from; at < to; at += CHUNK) {
    const count = Math.min(CHUNK, to - at);
    scratch.set(view.subarray(at, at + count));
    hash.update(scratch.subarray(0, count));
  }
  return hash.hex();
}

export const byteOperations = {
  read: {
    run: (step, agent) => toHex(new Uint8Array(agent.ref(step.buffer), agent.value(step.at), agent.value(step.count)).slice()),
    seen: bytes,
  },
  write: {
    run(step, agent) {
      const source = fromHex(step.bytes);
      new Uint8Array(agent.ref(step.buffer), agent.value(step.at), source.length).set(source);
    },
  },
  digest: {
    run(step, agent) {
      const view = new Uint8Array(agent.ref(step.buffer), ...agent.optional(step.at, step.count));
      if (step.count === undefined && view.length > WHOLE) throw new Unsupported('a digest of more than 64 MiB needs a range');
      const scratch = new Uint8Array(Math.min(CHUNK, view.length));
      if (!step.pages) return [digest(view, 0, view.length, scratch)];
      const pages = [];
      for (let at = 0; at < view.length; at += PAGE) pages.push(digest(view, at, Math.min(at + PAGE, view.length), scratch));
      return pages;
    },
    seen: digests,
  },
};
