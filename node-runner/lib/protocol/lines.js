// Cuts a stream of bytes into lines. Where the bytes come from is the caller's affair.

const decoder = new TextDecoder();

/** Lines of what `readChunk` gives: Uint8Arrays that are valid until its next call, then null. */
export class Lines {
  #readChunk;
  #rest = new Uint8Array(0);

  constructor(readChunk) {
    this.#readChunk = readChunk;
  }

  /** The next line without its end, or null. A last line without an end does not count. */
  next() {
    const parts = [];
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        parts.push(this.#rest.subarray(0, end));
        const line = parts.length === 1 ? decoder.decode(parts[0]) : decoder.decode(concat(parts));
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (this.#rest.length > 0) parts.push(this.#rest.slice());
      const chunk = this.#readChunk();
      if (chunk === null) return null;
      this.#rest = chunk;
    }
  }
}

function concat(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
