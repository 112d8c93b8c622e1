// A worker's side: it waits in its event loop for cases, and takes part in them.

import { data, divertConsole, listen, onUncaught, parent } from '../platform/index.js';
import { Output } from '../protocol/output.js';
import { Agent } from '../case/agent.js';
import { Abort } from '../case/outcome.js';
import { FINISHED, RUNNING, Sequence } from '../case/sequence.js';
import { runSteps } from '../case/steps.js';
import { Mailbox } from './mailbox.js';

let output = null;
let control = null;
let current = null;

/** Ends the case under way for everybody. */
function fail(error) {
  if (current === null || error instanceof Abort) return;
  const message = `\`${current.name}\`: ${error?.stack ?? error}`;
  if (current.sequence.abort()) output.send({ type: 'error', sequence: current.number, message });
  control.postMessage({ fault: message });
}

async function takePart({ name, number, plan: text, words, ports, made }) {
  const { plan } = JSON.parse(text);
  const mailbox = new Mailbox();
  const report = (step, result) => agent.observe(step.number, 'host', result, step.agent);
  const sequence = new Sequence(plan, report, words);
  const agent = new Agent({ name, sequence, number, plan, output, mailbox });
  current = agent;
  mailbox.connect('main', 'message', parent, false);
  for (const { peer, via, port } of ports) mailbox.connect(peer, via, port, true);
  if (made) mailbox.push('main', 'worker-data', { value: data });
  sequence.setAgent(name, RUNNING);
  try {
    await runSteps(agent);
  } catch (error) {
    fail(error);
  }
  agent.drop();
  current = null;
  sequence.setAgent(name, FINISHED);
}

function boot(message) {
  output = new Output(message.nonce, message.lock);
  control = message.control;
  listen(control, takePart, fail);
  control.postMessage('ready');
}

export function serveAsWorker() {
  divertConsole();
  onUncaught(fail);
  listen(
    parent,
    (value) => (control === null ? boot(value) : current?.mailbox.push('main', 'message', { value })),
    () => current?.mailbox.push('main', 'message', { failed: true }),
  );
}
