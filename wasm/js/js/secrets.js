// Secrets on their way into the core, in memory that can be wiped.

import { kind_of } from "./bytes.js";
import { lines_of } from "./secret-lines.js";
import { own } from "./settings.js";

const encoder = new TextEncoder();

/** Wipes the secrets of what was dropped without `free()`, where the host tells: in a Worker, from a compatibility date on. */
export const dropped = globalThis.FinalizationRegistry && new FinalizationRegistry((secrets) => secrets.wipe());

/** One to eight secrets, or the lines of a variable or file. */
export const packed = (given) => lines_of(given) ?? new PackedSecrets(given);

/**
 * All labels and secrets in one buffer, and the length of each, label before secret: -1 for a label that was not given.
 * What a string held stays where the engine keeps it; the buffer's bytes can be wiped, since no collector moves them.
 */
export class PackedSecrets {
  constructor(given) {
    const texts = list_of(given).flatMap(label_and_secret);
    const most = texts.reduce((sum, text) => sum + 3 * (text?.length ?? 0), 0);
    this.bytes = new Uint8Array(new ArrayBuffer(most));
    let end = 0;
    this.lengths = Int32Array.from(texts, (text) => {
      if (text === undefined) return -1;
      const begin = end;
      if (typeof text === "string") end += encoder.encodeInto(text, this.bytes.subarray(begin)).written;
      else this.bytes.set(text, begin), (end += text.length);
      return end - begin;
    });
  }

  wipe() {
    this.bytes.fill(0);
  }
}

/** An unset variable is no secret at all, which the core refuses in words of its own. */
function list_of(given) {
  if (given === undefined || given === null) return [];
  return Array.isArray(given) ? given : [given];
}

function label_and_secret(given) {
  if (is_text(given)) return [undefined, given];
  const { label, secret } = own(given);
  if (is_text(secret) && (label === undefined || typeof label === "string")) return [label, secret];
  throw new TypeError(
    `each secret must be a string, a Uint8Array, or an object of label and secret, not ${kind_of(given)}`,
  );
}

function is_text(given) {
  return typeof given === "string" || (ArrayBuffer.isView(given) && given[Symbol.toStringTag] === "Uint8Array");
}
