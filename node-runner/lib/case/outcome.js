// What a step came to: the wire's results, and the errors by which an operation says that it could not be tried.

/** Thrown where something is missing because an earlier step failed. */
export class Skip {
  constructor(reason) {
    this.reason = reason;
  }
}

/** Thrown where this runtime, or this moment, does not allow the operation. */
export class Unsupported {
  constructor(reason) {
    this.reason = reason;
  }
}

/** Thrown to leave a case that cannot go on; no step's result. */
export class Abort {
  constructor(reason) {
    this.reason = reason;
  }
}

const TRAP_KINDS = [
  [/non-?shared|cannot be called in this context|atomic\.?wait/i, 'atomic-wait-non-shared'],
  [/unaligned/i, 'unaligned'],
  [/table.*(bounds|index)|bounds (table|call_indirect)|element segment/i, 'table-out-of-bounds'],
  [/null function|signature|call_indirect/i, 'indirect-call'],
  [/trunc|unrepresentable in integer|float unrepresentable|conversion/i, 'invalid-conversion'],
  [/divi(de|sion) by zero|remainder by zero/i, 'divide-by-zero'],
  [/divide result unrepresentable|integer overflow|division result/i, 'integer-overflow'],
  [/unreachable/i, 'unreachable'],
  [/out.of.bounds|data segment/i, 'out-of-bounds'],
  [/null/i, 'null-reference'],
];

function trapKind(message) {
  // JavaScriptCore adds the expression that it evaluated, which says nothing of the trap.
  const said = message.replace(/ \(evaluating .*$/s, '');
  return TRAP_KINDS.find(([words]) => words.test(said))?.[1] ?? null;
}

/** The class of whatever was thrown: an error's own name (a DOMException's is the one that matters), else its type. */
function errorName(thrown) {
  try {
    if (thrown === null || (typeof thrown !== 'object' && typeof thrown !== 'function')) return typeof thrown;
    if (typeof thrown.name === 'string' && thrown.name !== '') return thrown.name;
    return thrown.constructor?.name || 'Object';
  } catch {
    return 'Object';
  }
}

function messageOf(thrown) {
  try {
    return String(thrown?.message ?? thrown);
  } catch {
    return 'a value that cannot be shown';
  }
}

const EXHAUSTED = /call stack size|stack overflow|too much recursion|stack exhausted/i;

/** The result of a step that threw. `ours` tells what a callback threw because its case said so. */
export function failure(thrown, ours) {
  if (thrown instanceof Skip) return { result: 'skipped', reason: thrown.reason };
  if (thrown instanceof Unsupported) return { result: 'unsupported', reason: thrown.reason };
  if (thrown instanceof Abort) throw thrown;
  const error = errorName(thrown);
  const message = messageOf(thrown);
  if (!ours.has(thrown)) {
    const trap = thrown instanceof WebAssembly.RuntimeError;
    if ((trap || thrown instanceof RangeError || error === 'InternalError') && EXHAUSTED.test(message)) {
      return { result: 'exhaustion', message };
    }
    if (trap) {
      const kind = trapKind(message);
      return kind ? { result: 'trap', kind, message } : { result: 'trap', message };
    }
  }
  return { result: 'threw', error, message };
}
