// A WebAssembly module and its one instance. An instance that trapped (a panic, a stack that ran out) is not to be used
// again: its memory is wiped, and the next call has a new one.

import { refusal, WebhookError } from "./error.js";

/** What the core would say of the one refusal for which it cannot be asked. */
const WITHOUT_CORE = { code: "internal", status: 503, retryable: true };

/** Why there is no instance, by the name of what was thrown. */
const REASONS = {
  RangeError: "the host has no memory for a new instance of the module",
  ReferenceError: "the host has no WebAssembly",
  CompileError:
    "the host compiles no WebAssembly: a page's script-src needs 'wasm-unsafe-eval', what bundles a Worker the condition workerd",
};
REASONS.EvalError = REASONS.CompileError;

/** Stands for a dead instance: what still refers to it may be freed, which must do nothing. */
const NOTHING = new Proxy({}, { get: () => () => [] });

export class Module {
  #make;
  #instance;

  /** @param make gives the exports of a fresh instance, bound to JavaScript */
  constructor(make) {
    this.#make = make;
  }

  /** The exports of the instance that is alive: another object after a trap, so that what was kept in the old one is made anew. */
  get instance() {
    if (this.#instance?.is_spent) this.#bury(this.#instance);
    try {
      return (this.#instance ??= this.#make());
    } catch (cause) {
      const message = REASONS[cause?.name] ?? "the host makes no instance of the module";
      throw new WebhookError({ ...WITHOUT_CORE, message }, { cause });
    }
  }

  /** What `work` makes of the instance that is alive. */
  call(work) {
    const { instance } = this;
    try {
      return work(instance);
    } catch (thrown) {
      // Before anything is called: it may be the stack that ran out.
      if (typeof thrown !== "string" && !(thrown instanceof WebhookError)) instance.is_spent = true;
      throw this.failure(thrown, instance);
    }
  }

  /** Frees what is held in this instance, which need not be the one that is alive. */
  free(held, instance) {
    try {
      held?.free();
    } catch (thrown) {
      instance.is_spent = true;
      throw this.failure(thrown, instance);
    }
  }

  /** What to throw for what a call into this instance threw, which need not be the one that is alive. */
  failure(thrown, instance) {
    if (thrown instanceof WebhookError) return thrown;
    if (typeof thrown === "string") return new WebhookError(JSON.parse(thrown));
    this.#bury(instance);
    return refusal("internal", "a fault of overten-webhook itself: please report it, with its cause", { cause: thrown });
  }

  #bury(instance) {
    new Uint8Array(instance.memory.buffer).fill(0);
    instance.replace(NOTHING);
    if (this.#instance === instance) this.#instance = undefined;
  }
}
