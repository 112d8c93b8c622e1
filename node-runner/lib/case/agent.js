// One agent during one case: what it holds, and how it says what it saw.

import { operand } from '../values/operands.js';
import { dropped, weight } from './litter.js';
import { Skip, Unsupported } from './outcome.js';
import { runNested } from './steps.js';

export class Agent {
  #handles = new Map();
  #kept = new Map();
  #modules = new Map();

  /** `pool` is main's alone: the workers; `mailbox` holds what other agents sent. */
  constructor({ name, sequence, number, plan, output, mailbox, pool = null }) {
    Object.assign(this, { name, sequence, number, plan, output, mailbox, pool });
    /** What callbacks threw because the case said so. */
    this.thrown = new WeakSet();
    /** Which call of a callback is under way; undefined outside callbacks. */
    this.invocation = undefined;
    /** Callbacks and blocks on the stack, in which the event loop cannot turn. */
    this.depth = 0;
    this.retire = false;
    /** What the last step that failed threw. */
    this.error = undefined;
  }

  /** Writes an observation of this agent, or of one that cannot speak for itself any more. */
  observe(step, observedBy, result, agent = this.name) {
    this.output.send({
      type: 'observation',
      sequence: this.number,
      step,
      agent,
      ...(this.invocation === undefined ? {} : { invocation: this.invocation }),
      observed_by: observedBy,
      ...result,
    });
  }

  /** The object with this name; a step that needs one which was never made is skipped. */
  get(name) {
    const object = this.#handles.get(name);
    if (object === undefined && !this.#handles.has(name)) throw new Skip(`there is no \`${name}\``);
    return object;
  }

  has(name) {
    return this.#handles.has(name);
  }

  set(name, object) {
    this.#handles.set(name, object);
  }

  /** The object that a reference means, or its buffer. */
  ref({ handle, buffer = false }) {
    const object = this.get(handle);
    return buffer ? object.buffer : object;
  }

  keep(name, type, value) {
    this.#kept.set(name, { type, value });
  }

  /** Forgets what a name stood for, whatever it was. */
  forget(name) {
    this.#handles.delete(name);
    this.#kept.delete(name);
  }

  #result = (name) => {
    const result = this.#kept.get(name);
    if (result === undefined) throw new Skip(`there is no result \`${name}\``);
    return result;
  };

  /** The value of an operand; of one that converts, an object whose conversion runs steps. */
  value(wire) {
    if (!('value-of' in wire)) return operand(wire, this.#result);
    const value = this.value(wire['value-of']);
    return {
      valueOf: () => {
        runNested(wire.steps, this);
        return value;
      },
    };
  }

  /** The values of trailing optional operands, as many as a call with them would have. */
  optional(...wires) {
    let length = wires.length;
    while (length > 0 && wires[length - 1] === undefined) length--;
    return wires.slice(0, length).map((wire) => (wire === undefined ? undefined : this.value(wire)));
  }

  /** A guest of the plan, compiled by this agent at most once unless `anew`. */
  module(name, compile, anew) {
    let module = this.#modules.get(name);
    if (module === undefined || anew) {
      const guest = this.plan.guests.find((candidate) => candidate.name === name);
      if (guest === undefined) throw new Unsupported(`the plan has no guest \`${name}\``);
      module = compile(guest, this.number);
      this.#modules.set(name, module);
    }
    return module;
  }

  drop() {
    const bytes = weight(this.#handles.values());
    this.#handles.clear();
    this.#kept.clear();
    this.#modules.clear();
    this.mailbox?.close();
    dropped(bytes);
  }
}
