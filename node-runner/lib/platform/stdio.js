// Standard streams, synchronously: stdin for requests, stdout for the protocol alone, stderr for everything else.

import fs from 'node:fs';
import { format } from 'node:util';

const pause = new Int32Array(new SharedArrayBuffer(4));
const CHUNK = new Uint8Array(1 << 16);

/** Parks this thread for about a millisecond, outside its event loop. */
export function nap() {
  Atomics.wait(pause, 0, 0, 1);
}

/** Reads what stdin has, at least a byte; null at its end. The result is valid until the next call. */
export function readChunk() {
  for (;;) {
    try {
      const count = fs.readSync(0, CHUNK, 0, CHUNK.length, null);
      return count === 0 ? null : CHUNK.subarray(0, count);
    } catch (error) {
      if (error.code === 'EOF') return null;
      if (error.code !== 'EAGAIN') throw error;
      nap();
    }
  }
}

function writeAll(fd, text) {
  const bytes = Buffer.from(text);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += fs.writeSync(fd, bytes, done, bytes.length - done);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      nap();
    }
  }
}

/** Writes all of a text to stdout before it returns. */
export function writeOut(text) {
  writeAll(1, text);
}

/** Sends whatever this agent's console prints to stderr, at once. */
export function divertConsole() {
  const print = (...args) => writeAll(2, `${format(...args)}\n`);
  for (const name of ['log', 'info', 'debug', 'warn', 'error', 'trace', 'dir', 'table']) console[name] = print;
}
