// An authentic, fresh delivery.

import { body_key_of, event_of } from "./event.js";
import { age_of, secret_index_of, secret_label_of, timestamp_of } from "./record.js";

const PROOF = Symbol("made by Verifier.verify");

export class Delivery {
  #record;
  #kept;
  #event;
  #key;

  constructor(proof, record, kept) {
    if (proof !== PROOF) throw new TypeError("only Verifier.verify makes a Delivery: it is the proof");
    this.#record = record;
    this.#kept = kept;
  }

  get timestamp() {
    return timestamp_of(this.#record);
  }

  get age() {
    return age_of(this.#record);
  }

  get secretIndex() {
    return secret_index_of(this.#record);
  }

  get secretLabel() {
    return secret_label_of(this.#record);
  }

  get body() {
    return this.#kept.bytes;
  }

  event() {
    return (this.#event ??= event_of(this.#record, this.#kept));
  }

  bodyKey() {
    return (this.#key ??= body_key_of(this.#kept.bytes));
  }
}

/** The delivery of the core's record. */
export function delivery_of(record, kept) {
  return new Delivery(PROOF, record, kept);
}
