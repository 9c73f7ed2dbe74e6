// Deliveries signed by Node's own HMAC, not by the code under test, and what every way into a receiver must make of
// them.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { request } from "../../worker/tests/raw.mjs";

export const SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
export const PATH = "/webhooks/overten";

export function signed(body, { secret = SECRET, timestamp = Math.floor(Date.now() / 1000) } = {}) {
  const mac = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex");
  return [
    ["X-Overten-Signature", `sha256=${mac}`],
    ["X-Overten-Timestamp", String(timestamp)],
  ];
}

let runs = 0;
export const new_run = () => `run_${(runs += 1)}_${process.pid}`;
export const completed = (run_id, more = {}) =>
  Buffer.from(JSON.stringify({ event: "run.completed", run_id, ...more }));

/** Posts one delivery as it is: status, headers, body. */
export function post(
  url,
  { body = completed(new_run()), headers = signed(body), path = PATH, content_type = "application/json", ...more } = {},
) {
  const type = content_type === null ? [] : [["Content-Type", content_type]];
  return request(new URL(path, url), { headers: [...headers, ...type], body, ...more });
}

export const CONTENT_TYPES = [
  null,
  "text/plain",
  "application/json; charset=utf-8",
  "application/x-www-form-urlencoded",
];

/** Every answer that a server with a receiver at `PATH` gives. */
export async function check_server(url, { other_path = "/webhooks/other", content_types = CONTENT_TYPES } = {}) {
  const word = (answer) => Object.values(JSON.parse(answer.body))[0];
  const accepted = await post(url, { body: completed("run_first") });
  assert.equal(`${accepted.status} ${accepted.body}`, '200 {"status":"accepted"}');
  assert.equal(accepted.headers.get("content-type"), "application/json");
  assert.equal(word(await post(url, { body: completed("run_first") })), "duplicate");

  for (const content_type of content_types) {
    assert.equal(word(await post(url, { content_type })), "accepted", `Content-Type: ${content_type}`);
  }
  const odd = completed(new_run(), { message: "mânecă 😊", spaced: 1 });
  for (const body of [
    odd,
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), completed(new_run())]),
    Buffer.concat([completed(new_run()), Buffer.from("\n")]),
  ]) {
    assert.equal(word(await post(url, { body })), "accepted", body.toString());
  }
  const flipped = completed(new_run());
  const forged = await post(url, {
    headers: signed(flipped),
    body: Buffer.from(flipped.toString().replace("run_", "rum_")),
  });
  assert.equal(`${forged.status} ${word(forged)}`, "401 signature_mismatch");
  assert.equal(word(await post(url, { headers: [] })), "missing_signature");
  const body = completed(new_run());
  const twice = await post(url, { body, headers: [...signed(body), signed(body)[1]] });
  assert.equal(`${twice.status} ${word(twice)}`, "400 malformed_timestamp", "a header that stands twice is seen");

  assert.equal(word(await post(url, { path: `${PATH}/` })), "accepted", "with its final slash it is the same path");
  assert.equal(word(await post(url, { path: `${PATH}?a=b` })), "accepted");
  if (other_path) assert.equal((await post(url, { path: other_path })).status, 404);
  const get = await post(url, { method: "GET", body: Buffer.alloc(0), headers: [], framing: false });
  assert.equal(`${get.status} ${word(get)} ${get.headers.get("allow")}`, "405 method_not_allowed POST");
  const head = await post(url, { method: "HEAD", body: Buffer.alloc(0), headers: [], framing: false });
  assert.equal(`${head.status} ${JSON.stringify(head.body)} ${head.headers.get("allow")}`, '405 "" POST');

  const chunked = completed(new_run());
  const pieces = [Buffer.from(`${chunked.length.toString(16)}\r\n`), chunked, Buffer.from("\r\n0\r\n\r\n")];
  const in_pieces = { headers: [...signed(chunked), ["Transfer-Encoding", "chunked"]], framing: false };
  assert.equal(word(await post(url, { ...in_pieces, body: Buffer.concat(pieces) })), "accepted");
  const large = Buffer.alloc(3 * 1024 * 1024, " ");
  const too_large = await post(url, { body: large, headers: signed(large) });
  assert.equal(`${too_large.status} ${word(too_large)}`, "413 body_too_large");
}
