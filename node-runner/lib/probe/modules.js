// The modules by which features are probed, as binaries; the text of each stands above it.

import { fromBase64 } from '../platform/index.js';

/** (module (import "m" "m" (memory 0 0 shared)) (func (drop (i32.atomic.load (i32.const 0))))) */
export const THREADS = fromBase64(
  'AGFzbQEAAAABBAFgAAACCQEBbQFtAgMAAAMCAQAKCwEJAEEA/hACABoL',
);

/** (module (import "m" "m" (memory i64 0))) */
export const MEMORY64 = fromBase64('AGFzbQEAAAACCAEBbQFtAgQA');

/** (module (import "m" "m" (memory i64 0 0 shared))) */
export const SHARED_MEMORY64 = fromBase64('AGFzbQEAAAACCQEBbQFtAgcAAA==');

/** (module (memory 0) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))) */
export const BULK_MEMORY = fromBase64('AGFzbQEAAAABBAFgAAADAgEABQMBAAAKDQELAEEAQQBBAPwLAAs=');

/** (module (func (drop (i32x4.splat (i32.const 0))))) */
export const SIMD = fromBase64('AGFzbQEAAAABBAFgAAADAgEACgkBBwBBAP0RGgs=');

/** (module (memory 0) (memory 0)) */
export const MULTI_MEMORY = fromBase64('AGFzbQEAAAAFBQIAAAAA');

/**
 * Two ways not to return. Each says so in the word at 4, and can be let go by whoever has the memory: a spin by the word
 * at 0, a wait by a notify at 8.
 *
 * (module
 *   (import "m" "m" (memory 1 1 shared))
 *   (func (export "spin")
 *     (loop $again
 *       (drop (i32.atomic.rmw.add (i32.const 4) (i32.const 1)))
 *       (br_if $again (i32.eqz (i32.atomic.load (i32.const 0))))))
 *   (func (export "wait")
 *     (drop (i32.atomic.rmw.add (i32.const 4) (i32.const 1)))
 *     (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1)))))
 */
export const STUCK = fromBase64(
  'AGFzbQEAAAABBAFgAAACCQEBbQFtAgMBAQMDAgAABw8CBHNwaW4AAAR3YWl0AAEKMAIXAANAQQRBAf4eAgAaQQD+EAIARQ0ACwsWAEEEQQH+HgIAGkEIQQBCf/4BAgAaCwARBG5hbWUDCgEAAQAFYWdhaW4=',
);
