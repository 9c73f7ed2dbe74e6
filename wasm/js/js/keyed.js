// What a receiver judges by, in whatever instance of the module is alive.

import { core } from "./core.js";
import { exchange_of } from "./exchange.js";
import { age_of, secret_label_of, timestamp_of } from "./record.js";
import { dropped, packed } from "./secrets.js";

export class Keyed {
  /** Kept for as long as the receiver lives: after a trap the keyed state is made from them anew. */
  #secrets;
  #settings;
  #reception;
  #instance;
  /** When each secret last matched, by label: the core's own memory of it is lost with an instance. */
  #matched = new Map();

  constructor(secrets, settings) {
    this.#settings = settings;
    this.#secrets = packed(secrets);
    dropped?.register(this, this.#secrets, this);
    this.reception;
  }

  /** The core's receiver. Once it was freed, one without secrets, which answers that it is misconfigured. */
  get reception() {
    const { instance } = core;
    if (this.#instance !== instance) {
      this.#reception = made(
        this.#secrets ?? { bytes: new Uint8Array(), lengths: new Int32Array() },
        this.#settings,
      );
      this.#instance = instance;
    }
    return this.#reception;
  }

  /** Judges a body, as the core's receiver does. */
  whole(plain, body, now) {
    const { reception } = this;
    const received = exchange_of(this.#instance).received(reception, body, plain, now);
    const { record } = received;
    if (record) this.#matched.set(secret_label_of(record), timestamp_of(record) + age_of(record));
    // Of what is refused for its age a secret matched, too.
    else this.#note_matched();
    return received;
  }

  get last_matched() {
    this.#note_matched();
    return Object.fromEntries(this.#matched);
  }

  #note_matched() {
    const matched = JSON.parse(this.reception.last_matched());
    for (const [label, at] of Object.entries(matched)) this.#matched.set(label, at ?? this.#matched.get(label) ?? null);
  }

  free() {
    dropped?.unregister(this);
    this.#secrets?.wipe();
    core.free(this.#reception, this.#instance);
    this.#secrets = this.#reception = this.#instance = undefined;
  }
}

function made({ bytes, lengths }, settings) {
  const { path, scope, past, future, max_body_bytes, lease_seconds, retention_seconds, mismatch_status } = settings;
  const made_in = (instance) =>
    new instance.Reception(
      bytes,
      lengths,
      path,
      scope,
      past,
      future,
      max_body_bytes,
      BigInt(lease_seconds),
      BigInt(retention_seconds),
      String(mismatch_status),
      exchange_of(instance).has_host,
    );
  return core.call(made_in);
}
