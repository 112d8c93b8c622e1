// The conversation with the harness: a line in, its lines out. stdin is read synchronously, so that main stays outside
// its event loop but where a case says so.

import { breathe, divertConsole, exit, now, onExit, onUncaught, readChunk } from './platform/index.js';
import { Lines } from './protocol/lines.js';
import { Output } from './protocol/output.js';
import { handshake } from './protocol/handshake.js';
import { Workers } from './agents/workers.js';
import { Runner } from './case/runner.js';

/** Between cases the loop turns after so many milliseconds, for what runtimes put off until then. */
const BREATH = 25;

let ending = null;

function bye() {
  ending = 'wanted';
  exit(0);
}

function breakOff(output, reason) {
  ending ??= reason;
  output?.send({ type: 'exiting', reason });
  exit(1);
}

export async function serve() {
  divertConsole();
  const lines = new Lines(readChunk);
  const first = lines.next();
  if (first === null) return bye();
  const hello = JSON.parse(first);
  if (hello.type !== 'hello' || typeof hello.nonce !== 'string') throw new Error('the first line must be `hello` with a nonce');
  const output = new Output(hello.nonce);
  onExit((code) => {
    if (ending === null) output.send({ type: 'exiting', reason: `the process exits unasked, with code ${code}` });
  });
  const runner = new Runner(output, new Workers(output));
  onUncaught((error) => {
    if (!runner.fail(error)) breakOff(output, `uncaught: ${error?.stack ?? error}`);
  });
  output.send(await handshake(hello.features));
  let breath = now();
  for (let line; (line = lines.next()) !== null; ) {
    if (line.trim() === '') continue;
    const request = parse(line, output);
    if (request.type === 'bye') break;
    if (request.type !== 'case') breakOff(output, `an unknown request: ${request.type}`);
    await runner.run(request, line);
    if (now() - breath > BREATH) {
      await breathe();
      breath = now();
    }
  }
  bye();
}

function parse(line, output) {
  try {
    return JSON.parse(line);
  } catch (error) {
    return breakOff(output, `an unreadable request: ${error.message}`);
  }
}
