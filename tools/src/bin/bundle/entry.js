// What a packaged Worker exports, around one instance of its module. An instance that trapped (a panic, a stack that ran
// out) is not to be used again: whoever waits for it is refused, and the next call has a new one.

import { instantiate } from "./bound.js";

const resolved = Promise.resolve();
/** Stands for a dead instance: the platform still calls its closures and finalizers, and they must do nothing. */
const NOTHING = new Proxy({}, { get: () => () => [] });

class Instance {
  #refusals = new Set();

  constructor() {
    // The platform's own `queueMicrotask` costs more than all that the module does in one.
    this.exports = instantiate((task) => resolved.then(task).catch((error) => this.#die(error)));
  }

  /** What comes of the promise that `work` makes, or a rejection as soon as the instance dies. */
  call(work) {
    return new Promise((resolve, reject) => {
      this.#refusals.add(reject);
      const done = (settle) => (value) => {
        this.#refusals.delete(reject);
        settle(value);
      };
      try {
        work(this).then(done(resolve), done(reject));
      } catch (error) {
        this.#die(error);
      }
    });
  }

  #die(error) {
    if (current === this) current = undefined;
    this.exports.replace(NOTHING);
    for (const refuse of this.#refusals) refuse(error);
    this.#refusals.clear();
  }
}

let current = new Instance();

function call(work) {
  current ??= new Instance();
  return current.call(work);
}

/** The handler of an event. */
export function event(name) {
  return (subject, env, context) => call(({ exports }) => exports[name](subject, env, context));
}

/** A Durable Object class of these methods. */
export function durable_object(name, methods) {
  class DurableObject {
    #given;
    #instance;
    #object;

    constructor(...given) {
      this.#given = given;
    }

    #call(method, given) {
      return call((instance) => {
        if (this.#instance !== instance) {
          this.#instance = instance;
          this.#object = new instance.exports[name](...this.#given);
        }
        return this.#object[method](...given);
      });
    }

    static {
      for (const method of methods) {
        this.prototype[method] = function (...given) {
          return this.#call(method, given);
        };
      }
    }
  }
  return DurableObject;
}
