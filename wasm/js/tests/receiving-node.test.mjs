// Every scenario of receiving.json through Node's own server, as bytes over a socket.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { webhookHandler } from "overten-webhook/node";
import { request as send } from "../../worker/tests/raw.mjs";
import { body_of, Play, receiving, run_all, value_of } from "./scenarios.mjs";

const any =
  (holds) =>
  ({ requests }) =>
    requests.some(holds);
const is_length = ({ name }) => name.toLowerCase() === "content-length";

/** Why a scenario cannot be said here, each with what tells it; the first that holds counts. */
const UNSAYABLE = {
  "Node's server takes no such method": any(({ method }) => !http.METHODS.includes(method)),
  "Node's server takes no such target": any(({ target }) => /[^!-~]|^[a-z]+:.*#/.test(target)),
};

let server;
let url;
let handler;
let in_front = (request) => request;

before(async () => {
  server = http.createServer((request, response) => handler(in_front(request), response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = new URL(`http://127.0.0.1:${server.address().port}`);
});
after(() => server.closeAllConnections() ?? server.close());

async function over_http(receiver, { request }) {
  handler = webhookHandler(receiver);
  const body = body_of(request);
  const lengths = request.headers.filter(is_length);
  in_front = (incoming) => as_handed_over(incoming, request, lengths);
  const headers = request.headers
    .filter((header) => !is_length(header))
    .map((header) => [header.name, value_of(header)]);
  if (body.length > 0 || lengths.length > 0) headers.push(["Content-Length", String(body.length)]);
  const sent = request.late === "read_body" ? body.subarray(0, body.length / 2) : body;
  const answer = await send(url, {
    method: request.method,
    target: request.target,
    headers,
    framing: false,
    body: sent,
  });
  const {
    "content-length": length,
    connection,
    date,
    "content-type": type,
    "retry-after": retry,
    allow,
    ...others
  } = Object.fromEntries(answer.headers);
  const given = { "Content-Type": type, "Retry-After": retry, Allow: allow, ...others };
  if (length !== String(answer.body.length)) given["Content-Length"] = length ?? "none";
  return { ...answer, headers: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

/**
 * The request as something in front would hand it over that is not HTTP: with a length of its own making, a body that
 * breaks off.
 */
function as_handed_over(incoming, { read }, lengths) {
  const raw = [];
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    if (!is_length({ name: incoming.rawHeaders[at] })) raw.push(incoming.rawHeaders[at], incoming.rawHeaders[at + 1]);
  }
  incoming.rawHeaders = [...raw, ...lengths.flatMap((header) => [header.name, value_of(header).toString("latin1")])];
  if (read)
    incoming.iterator = async function* () {
      throw read.broken_off;
    };
  return incoming;
}

const differences = (scenario) => new Play(scenario).differences(over_http, { over_http: true });

test("every scenario is answered, handed on and logged as the core says", async () => {
  const { ran, wrong, left_out, unsaid } = await run_all(UNSAYABLE, differences);
  assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} are wrong`);
  assert.equal(ran + unsaid, receiving.count);
  assert.ok(ran > 20 * unsaid, `${ran} ran, ${unsaid} did not`);
  console.log(`${ran} scenarios ran; ${unsaid} cannot be said here:`, left_out);
});

test("a scenario of which one thing was changed fails, so the runner can fail", async () => {
  const scenario = receiving.scenarios.find(({ requests: [{ expect }] }) => expect.code === "accepted");
  const changed = structuredClone(scenario);
  changed.requests[0].hand_on = { failed: "changed" };
  assert.deepEqual(await differences(scenario), []);
  assert.notDeepEqual(await differences(changed), []);
});
