// The samples as a module: one of the shared vectors for each cause, with the core's own words for it.

import { readFile } from "node:fs/promises";
import { diagnose } from "../js/build/package/esm/diagnose.js";

const VECTORS = new URL("../../tests/vectors/diagnose.json", import.meta.url);

/** The cases that are shown besides one for each cause, under these words. */
const MORE = { verifies: "verifies/plain", unknown_secret: "nothing/other-secret", body_cut: "nothing/cut-in-json" };

export default function samples() {
  const id = "\0virtual:samples";
  return {
    name: "samples",
    resolveId: (source) => (source === "virtual:samples" ? id : null),
    load: async (loaded) => (loaded === id ? `export default ${JSON.stringify(await made())};` : null),
  };
}

/** Every sample, in the order in which the core names the causes. */
export async function made() {
  const { causes, cases } = JSON.parse(await readFile(VECTORS, "utf8"));
  const more = Object.entries(MORE).map(([word, id]) =>
    sample(
      word,
      cases.find((vector) => vector.id === id),
    ),
  );
  return [...more, ...causes.map((cause) => sample(cause, purest(cause, cases)))];
}

/** The case in which the fewest other causes take part. */
function purest(cause, cases) {
  const having = cases.filter(({ expect }) => expect.causes.includes(cause));
  return having.reduce((best, vector) => (vector.expect.causes.length < best.expect.causes.length ? vector : best));
}

function sample(word, vector) {
  const { note, secrets, others, now, tolerance, max_body_bytes: limit } = vector;
  return {
    id: vector.id,
    word,
    what: whatOf(word, vector),
    note,
    capture: captured(vector),
    secrets: secrets.map(({ secret }) => secret),
    others: others.map(({ secret }) => secret),
    settings: { at: now, limit, ...(tolerance === undefined ? {} : sidesOf(tolerance)) },
  };
}

/** The vectors' null is a side that is switched off. */
function sidesOf(tolerance) {
  const { past, future } =
    tolerance !== null && typeof tolerance === "object" ? tolerance : { past: tolerance, future: tolerance };
  return { past: past === null ? "off" : past, future: future === null ? "off" : future };
}

/** The core's sentence for this cause or suspicion. */
function whatOf(word, vector) {
  const { headers, secrets, others, now, tolerance, max_body_bytes: maxBodyBytes } = vector;
  const pairs = headers.map((header) => [header.name, valueOf(header)]);
  const texts = (all) => all.map(({ secret }) => secret);
  const capture = { headers: pairs, body: bodyOf(vector) };
  const sides = tolerance === undefined ? {} : { tolerance: sidesOf(tolerance) };
  const report = diagnose(capture, texts(secrets), { now, otherSecrets: texts(others), ...sides, maxBodyBytes });
  if (word === report.outcome) return "Nothing is wrong.";
  return [...report.causes, ...report.suspicions].find(({ cause, suspicion }) => word === (cause ?? suspicion)).what;
}

/** The raw request where a text area keeps it as it is, else the form in which deliveries are saved. */
function captured(vector) {
  const body = bodyOf(vector);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  const isText = Buffer.from(text).equals(body) && !/[\0-\x09\x0b-\x1f\ufeff]/.test(text);
  const isPlain = vector.headers.every((header) => header.value !== undefined && header.value === header.value.trim());
  const isKept = isText && isPlain;
  if (isKept) {
    const headers = vector.headers.map(({ name, value }) => `${name}: ${value}\n`).join("");
    return `POST /webhooks/overten HTTP/1.1\n${headers}\n${text}`;
  }
  const headers = vector.headers.map(({ name, value, value_hex: hex }) => [
    name,
    hex === undefined ? value : { base64: Buffer.from(hex, "hex").toString("base64") },
  ]);
  return [
    `{"format":"overten-webhook-capture/1","received_at":${vector.now},`,
    ` "method":"POST","target":"/webhooks/overten",`,
    ` "headers":[\n  ${headers.map((header) => JSON.stringify(header)).join(",\n  ")}],`,
    Buffer.from(text).equals(body)
      ? ` "body":${JSON.stringify(text)}}`
      : ` "body_base64":"${body.toString("base64")}"}`,
  ].join("\n");
}

function bodyOf({ body, body_hex: hex }) {
  return hex === undefined ? Buffer.from(body) : Buffer.from(hex, "hex");
}

function valueOf({ value, value_hex: hex }) {
  return hex === undefined ? value : Buffer.from(hex, "hex");
}
