// Runs plans in a runner that is spawned for them, and collects what it answers.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../main.js', import.meta.url));
export const NONCE = 'b1946ac92492d234';

/** The command under test: SAMEBYTES_TEST_RUNTIME, split at spaces, else this very runtime. */
export function command() {
  return process.env.SAMEBYTES_TEST_RUNTIME?.split(' ') ?? [process.execPath];
}

export class Runner {
  #child;
  #rest = '';
  #messages = [];
  #wake = () => {};
  #sequence = 0;
  #ended = false;
  /** Lines of stdout that are not the protocol's. */
  garbage = [];
  /** Every message so far. */
  heard = [];
  stderr = '';

  constructor(entry = ENTRY, flags = []) {
    const [program, ...args] = command();
    this.#child = spawn(program, [...args, ...flags, entry], { stdio: 'pipe' });
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.setEncoding('utf8').on('data', (text) => this.#read(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.stderr += text));
    this.exit = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        this.#ended = true;
        this.#wake();
        resolve({ code, signal });
      });
    });
  }

  #read(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) {
      const at = line.indexOf(`${NONCE} `);
      if (at !== 0) this.garbage.push(at < 0 ? line : line.slice(0, at));
      if (at < 0) continue;
      const message = JSON.parse(line.slice(at + NONCE.length + 1));
      this.heard.push(message);
      this.#messages.push(message);
    }
    this.#wake();
  }

  write(text) {
    this.#child.stdin.write(text);
  }

  send(request) {
    this.write(`${JSON.stringify(request)}\n`);
  }

  async next() {
    while (this.#messages.length === 0) {
      if (this.#ended) throw new Error(`the runner ended: ${this.stderr}`);
      await new Promise((resolve) => (this.#wake = resolve));
    }
    return this.#messages.shift();
  }

  async hello() {
    this.send({ type: 'hello', protocol: 1, nonce: NONCE });
    return this.next();
  }

  /** Runs a plan; `{observations, closing}`. What the plan leaves out is empty. */
  async run(plan) {
    const sequence = ++this.#sequence;
    const whole = { id: 'test/case', agents: [], needs: [], guests: [], callbacks: [], ...plan };
    whole.steps = numbered(whole.steps);
    this.send({ type: 'case', sequence, plan: whole });
    const observations = [];
    for (;;) {
      const message = await this.next();
      if (message.type !== 'observation') return { observations, closing: message };
      observations.push(message);
    }
  }

  async end() {
    this.#child.stdin.end();
    return this.exit;
  }

  kill() {
    this.#child.kill('SIGKILL');
  }
}

/** Gives steps their numbers, by their places, and main for an agent where they say neither. */
function numbered(steps) {
  return steps.map((step, number) => ({ number, agent: 'main', ...step }));
}

/** Results by step number: `returned 4`, `threw RangeError`, `trap`. */
export function story(observations) {
  const text = ({ type, value }) => (value === undefined ? type : `${type}:${value}`);
  const told = (result) => {
    if (result.result === 'returned') return ['returned', ...result.values.map(text)].join(' ');
    if (result.result === 'threw') return `threw ${result.error}`;
    if (result.result === 'repeated') return result.runs.map((run) => `${run.rounds}x ${told(run)}`).join(', ');
    return result.result;
  };
  return observations.map((seen) => `${seen.step} ${seen.agent}${seen.invocation === undefined ? '' : `#${seen.invocation}`} ${told(seen)}`);
}

export const number = (value) => ({ type: 'number', value: String(value) });
export const i32 = (value) => ({ type: 'i32', value: String(value) });
