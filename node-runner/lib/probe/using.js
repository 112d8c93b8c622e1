// `using` declarations, behind a parser that may not know them.

let block;

/** `(resource, body)`: runs the body in a block that disposes of the resource; null where `using` does not parse. */
export function using() {
  if (block === undefined) {
    try {
      block = new Function('resource', 'body', '{ using held = resource; body(); }');
      if (typeof Symbol.dispose !== 'symbol') block = null;
    } catch {
      block = null;
    }
  }
  return block;
}
