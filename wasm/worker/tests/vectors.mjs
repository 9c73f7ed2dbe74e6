// The shared vectors, and how one is said over HTTP.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { ROOT } from "./harness.mjs";

const file = process.env.OVERTEN_VECTORS ?? path.join(ROOT, "tests/vectors/deliveries.json");
export const vectors = JSON.parse(await readFile(file, "utf8"));

/** A header that cannot reach a Worker as it is: a line ends at its newline, and no name or value holds these others. */
export function changed_by_http({ name, value = "", value_hex = "" }) {
  const bytes = Buffer.concat([Buffer.from(value), Buffer.from(value_hex, "hex")]);
  return !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || [0x00, 0x0a, 0x0d].some((byte) => bytes.includes(byte));
}

/** A header as raw.mjs sends it. */
export function pair({ name, value, value_hex }) {
  return [name, value_hex === undefined ? value : Buffer.from(value_hex, "hex")];
}

export function body_of({ body, body_hex, body_spaces = 0 }) {
  const bytes = body_hex === undefined ? Buffer.from(body) : Buffer.from(body_hex, "hex");
  return Buffer.concat([bytes, Buffer.alloc(body_spaces, " ")]);
}

/** The answer to a delivery that was not seen before. */
export function expected_answer({ expect }) {
  if (expect.result === "refused") return { status: expect.status, code: "misconfigured" };
  if (expect.result === "rejected") return { status: expect.status, code: expect.code };
  return { status: expect.status, code: expect.event ? "accepted" : "quarantined" };
}
