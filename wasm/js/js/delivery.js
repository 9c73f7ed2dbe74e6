// An authentic, fresh delivery.

import { body_key_of, event_of } from "./event.js";

const PROOF = Symbol("made by Verifier.verify");

export class Delivery {
  #record;
  #body;
  #event;

  constructor(proof, record, body) {
    if (proof !== PROOF) throw new TypeError("only Verifier.verify makes a Delivery: it is the proof");
    this.#record = record;
    this.#body = body;
  }

  get timestamp() {
    return this.#known().timestamp;
  }

  get age() {
    return this.#known().age;
  }

  get secretIndex() {
    return this.#known().secretIndex;
  }

  get secretLabel() {
    return this.#known().secretLabel;
  }

  get body() {
    return new Uint8Array(this.#body);
  }

  event() {
    return (this.#event ??= event_of(this.#known(), this.#body));
  }

  bodyKey() {
    return (this.#known().bodyKey ??= body_key_of(this.#body));
  }

  #known() {
    if (typeof this.#record === "string") this.#record = JSON.parse(this.#record);
    return this.#record;
  }
}

/** The delivery of the core's record; nothing else may change `body` from now on. */
export function delivery_of(record, body) {
  return new Delivery(PROOF, record, body);
}
