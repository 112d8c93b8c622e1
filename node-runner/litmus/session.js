// The harness's side: one request a line, one answer to each. What a test is made of is the harness's; how its
// agents run stands in agents.js and worker.js.

import { divertConsole, exit, identity, readChunk, writeOut } from '../lib/platform/index.js';
import { Team } from './team.js';

const VERSION = 1;

function* lines() {
  const decoder = new TextDecoder();
  let rest = '';
  for (let chunk = readChunk(); chunk !== null; chunk = readChunk()) {
    rest += decoder.decode(chunk, { stream: true });
    const parts = rest.split('\n');
    rest = parts.pop();
    yield* parts;
  }
}

/** Answers requests until the harness says goodbye or closes stdin. */
export async function serve() {
  divertConsole();
  const team = new Team();
  let nonce = '';
  const answer = (message) => writeOut(`${nonce} ${JSON.stringify(message)}\n`);
  for (const line of lines()) {
    const request = JSON.parse(line);
    if (request.type === 'hello') {
      nonce = request.nonce;
      answer({ type: 'hello', version: VERSION, ...identity() });
      continue;
    }
    if (request.type === 'bye') break;
    try {
      if (request.type === 'prepare') {
        await team.prepare(request.job);
        answer({ type: 'ready', notes: request.job.pin ? ['a JavaScript runtime cannot pin its threads'] : [] });
      } else {
        answer({ type: 'slice', ...(await team.slice(request.batches, request.milliseconds)) });
      }
    } catch (error) {
      // Whoever is left stands at a barrier that nobody comes to, so this process is of no more use.
      answer({ type: 'failed', message: `${error?.name ?? 'Error'}: ${error?.message ?? error}` });
      exit(1);
    }
  }
  exit(0);
}
