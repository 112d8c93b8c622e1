// Operands of steps: values that the plan states, and results that an earlier step kept.

import { toJs } from './wire.js';

const WIDTH = { i32: 32, i64: 64 };

/** `kept [>>> 0] + plus`, as the type that the operand asks for. `result` is `{type, value}` with a JavaScript value. */
export function fromKept({ type, unsigned = false, plus = 0 }, result) {
  const width = WIDTH[result.type];
  if (type === 'f32' || type === 'f64' || (!width && type === 'number')) return Number(result.value) + plus;
  let base = BigInt(result.value);
  if (width) base = unsigned ? BigInt.asUintN(width, base) : BigInt.asIntN(width, base);
  const sum = base + BigInt(plus);
  switch (type) {
    case 'i32':
      return Number(BigInt.asIntN(32, sum));
    case 'i64':
      return BigInt.asIntN(64, sum);
    case 'number':
      return Number(sum);
    case 'bigint':
      return sum;
    default:
      throw new TypeError(`no operand of type ${type}`);
  }
}

/** The JavaScript value of an operand; `keep` finds a kept result by its name. */
export function operand(wire, keep) {
  return 'kept' in wire ? fromKept(wire, keep(wire.kept)) : toJs(wire);
}
