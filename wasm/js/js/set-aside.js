// Keeping a delivery that nobody can handle, so that a person can: as a record for a place of your own.

import { is_permanent, words } from "./functions.js";

/** See receiver.d.ts. */
export function setAsideRecord(delivery, reason) {
  const { body } = delivery;
  const record = {
    code: is_permanent(reason) ? "permanent_failure" : "quarantined",
    detail: is_permanent(reason) ? words(reason) : reason.message,
    timestamp: delivery.timestamp,
    secret: delivery.secretLabel,
  };
  try {
    record.body = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    record.body_base64 = btoa(Array.from(body, (byte) => String.fromCharCode(byte)).join(""));
  }
  return record;
}
