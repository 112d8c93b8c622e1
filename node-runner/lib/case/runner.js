// Cases on main: each from its request to its closing line.

import { breathe } from '../platform/index.js';
import { Crew } from '../agents/crew.js';
import { Mailbox } from '../agents/mailbox.js';
import { operations } from '../ops/index.js';
import { Agent } from './agent.js';
import { Abort } from './outcome.js';
import { faultOf } from './plan.js';
import { Sequence } from './sequence.js';
import { runSteps } from './steps.js';

export class Runner {
  #output;
  #workers;
  #current = null;

  constructor(output, workers) {
    this.#output = output;
    this.#workers = workers;
  }

  /** Runs a `case` request; `text` is its line, which workers read for themselves. */
  async run({ sequence: number, plan }, text) {
    const fault = faultOf(plan, operations);
    if (fault !== null) return this.#output.send({ type: 'error', sequence: number, message: fault });
    const agent = this.#agentFor(number, plan);
    try {
      if (plan.agents.length > 0) await this.#runTogether(agent, text);
      else await this.#runAlone(agent);
      this.#output.send({ type: 'done', sequence: number, retire: agent.retire });
    } catch (error) {
      this.#giveUp(error);
    } finally {
      this.#current = null;
      agent.drop();
    }
    if (plan.agents.length > 0) await breathe();
  }

  #agentFor(number, plan) {
    const report = (step, result) => agent.observe(step.number, 'host', result, step.agent);
    const sequence = new Sequence(plan, report);
    const agent = new Agent({ name: 'main', sequence, number, plan, output: this.#output, mailbox: null });
    return agent;
  }

  #runAlone(agent) {
    return this.#unlessAborted(agent, () => runSteps(agent));
  }

  async #runTogether(agent, text) {
    const { number, plan, sequence } = agent;
    agent.mailbox = new Mailbox();
    agent.pool = new Crew({
      request: { number, plan, text },
      sequence,
      output: this.#output,
      mailbox: agent.mailbox,
      workers: this.#workers,
      onFault: (reason) => this.fail(reason),
    });
    try {
      await this.#unlessAborted(agent, async () => {
        await agent.pool.muster();
        sequence.giveTurn(0);
        await runSteps(agent);
        agent.pool.disband();
      });
    } catch (error) {
      this.#giveUp(error);
      agent.pool.discard();
      throw error;
    }
  }

  #unlessAborted(agent, steps) {
    return new Promise((resolve, reject) => {
      this.#current = { agent, reject, closed: false };
      steps().then(resolve, reject);
    });
  }

  /** Ends the case under way because of an error outside its steps; false if there is none. */
  fail(error) {
    if (this.#current === null) return false;
    this.#giveUp(error);
    this.#current.reject(new Abort('failed'));
    return true;
  }

  /** Writes the closing line of a case that cannot go on, unless a worker did. */
  #giveUp(error) {
    const { agent } = this.#current;
    if (!agent.sequence.abort() || error instanceof Abort) return;
    this.#output.send({ type: 'error', sequence: agent.number, message: String(error?.stack ?? error) });
  }
}
