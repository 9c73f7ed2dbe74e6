// `Verifier`.

import { bytes_of } from "./bytes.js";
import { seconds_of } from "./clock.js";
import { core } from "./core.js";
import { delivery_of } from "./delivery.js";
import { refusal } from "./error.js";
import { exchange_of } from "./exchange.js";
import { values_of } from "./headers.js";
import { dropped, packed } from "./secrets.js";
import { max_body_bytes_of, options_of, sides_of } from "./settings.js";

export class Verifier {
  /** Kept for as long as the verifier lives: after a trap the keyed state is made from them anew. */
  #secrets;
  #sides;
  #max_body_bytes;
  #keyed;
  #instance;

  constructor(secrets, options) {
    const { tolerance, maxBodyBytes } = options_of(options, ["tolerance", "maxBodyBytes"]);
    this.#sides = sides_of(tolerance);
    this.#max_body_bytes = max_body_bytes_of(maxBodyBytes);
    this.#secrets = packed(secrets);
    dropped?.register(this, this.#secrets, this);
    try {
      this.#in_core();
    } catch (refused) {
      this.free();
      throw refused;
    }
  }

  verify(body, headers, options) {
    const values = values_of(headers);
    const now = seconds_of(options_of(options, ["now"]).now);
    const given = bytes_of(body);
    const most = this.#max_body_bytes;
    // Of what is too long only so much is passed on as shows that.
    const bytes = given.length > most ? given.subarray(0, most + 1) : given;
    const verifier = this.#in_core();
    const instance = this.#instance;
    try {
      const { record, kept } = exchange_of(instance).judged(verifier, bytes, values, now);
      return delivery_of(record, kept);
    } catch (thrown) {
      // Before anything is called: it may be the stack that ran out.
      if (typeof thrown !== "string") instance.is_spent = true;
      throw core.failure(thrown, instance);
    }
  }

  get secrets() {
    const secrets = core.call(() => this.#in_core().secrets());
    return Object.freeze(JSON.parse(secrets).map(Object.freeze));
  }

  get tolerance() {
    const { past = "off", future = "off" } = this.#sides;
    return Object.freeze({ past, future });
  }

  get maxBodyBytes() {
    return this.#max_body_bytes;
  }

  free() {
    dropped?.unregister(this);
    this.#secrets?.wipe();
    core.free(this.#keyed, this.#instance);
    this.#keyed = this.#secrets = this.#instance = undefined;
  }

  /** The keyed state in the instance that is alive. */
  #in_core() {
    if (!this.#secrets) throw refusal("invalid_argument", "this verifier was freed: make a new one");
    const { instance } = core;
    if (this.#instance !== instance) {
      this.#keyed = keyed(this.#secrets, this.#sides, this.#max_body_bytes);
      this.#instance = instance;
    }
    return this.#keyed;
  }
}

// An engine without `using` has no such symbol.
if (Symbol.dispose) {
  Object.defineProperty(Verifier.prototype, Symbol.dispose, { value: Verifier.prototype.free, configurable: true, writable: true });
}

function keyed({ bytes, lengths }, { past, future }, max_body_bytes) {
  const seconds = (side) => (side === undefined ? undefined : BigInt(side));
  return core.call((instance) => {
    const { has_host } = exchange_of(instance);
    return new instance.Verifier(bytes, lengths, seconds(past), seconds(future), max_body_bytes, has_host);
  });
}
