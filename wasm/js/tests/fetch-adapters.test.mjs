// The adapters of Lambda, Hono and SvelteKit; Next.js and a Hono Worker are run as examples.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Hono } from "hono";
import { Receiver } from "overten-webhook";
import { webhookHandler as hono_handler } from "overten-webhook/hono";
import { webhookHandler as lambda_handler } from "overten-webhook/lambda";
import { webhookHandler as next_handler } from "overten-webhook/next";
import { webhookHandler as sveltekit_handler } from "overten-webhook/sveltekit";
import { completed, new_run, PATH, SECRET, signed } from "./deliveries.mjs";

function receiving(settings = {}) {
  const events = [];
  const lines = [];
  const receiver = new Receiver({
    secrets: SECRET,
    path: PATH,
    handler: (event) => void events.push(event),
    setAside() {},
    log: (line) => lines.push(JSON.parse(line)),
    ...settings,
  });
  lines.length = 0;
  return { receiver, events, lines };
}

const as_object = (pairs) => Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));

describe("Lambda", () => {
  // One event of each kind, in the documented form; `headers` are pairs.
  const EVENTS = {
    "REST API (v1)": ({ method = "POST", path = PATH, headers, ...rest }) => ({
      resource: "/{proxy+}",
      path,
      httpMethod: method,
      headers: as_object(headers),
      multiValueHeaders: lists_of(headers),
      requestContext: { path: `/prod${path}`, stage: "prod", httpMethod: method },
      ...rest,
    }),
    "HTTP API (v2)": ({ method = "POST", path = PATH, headers, ...rest }) => ({
      version: "2.0",
      routeKey: "$default",
      rawPath: path,
      rawQueryString: "",
      headers: joined(headers),
      requestContext: { http: { method, path, protocol: "HTTP/1.1" }, stage: "$default" },
      ...rest,
    }),
    "function URL": ({ method = "POST", path = PATH, headers, ...rest }) => ({
      version: "2.0",
      rawPath: path,
      rawQueryString: "",
      headers: joined(headers),
      requestContext: { http: { method, path }, domainName: "id.lambda-url.eu-west-1.on.aws" },
      ...rest,
    }),
    "load balancer": ({ method = "POST", path = PATH, headers, ...rest }) => ({
      httpMethod: method,
      path,
      queryStringParameters: {},
      headers: as_object(headers),
      requestContext: { elb: { targetGroupArn: "arn" } },
      ...rest,
    }),
    "load balancer with lists": ({ method = "POST", path = PATH, headers, ...rest }) => ({
      httpMethod: method,
      path,
      multiValueHeaders: lists_of(headers),
      requestContext: { elb: { targetGroupArn: "arn" } },
      ...rest,
    }),
  };

  function lists_of(headers) {
    const lists = {};
    for (const [name, value] of headers) (lists[name.toLowerCase()] ??= []).push(value);
    return lists;
  }

  function joined(headers) {
    return Object.fromEntries(Object.entries(lists_of(headers)).map(([name, values]) => [name, values.join(",")]));
  }

  for (const [name, event_of] of Object.entries(EVENTS)) {
    test(`${name}: a body as text and as base64, and every other answer`, async () => {
      const { receiver, events } = receiving();
      const handler = lambda_handler(receiver);
      const word = async (event) => {
        const { statusCode, body } = await handler(event);
        return `${statusCode} ${body && Object.values(JSON.parse(body))[0]}`;
      };
      const body = completed(new_run(), { message: "mânecă 😊" });
      const headers = [...signed(body), ["Content-Length", String(body.length)]];
      const text = event_of({ headers, body: body.toString(), isBase64Encoded: false });
      const base64 = event_of({ headers, body: body.toString("base64"), isBase64Encoded: true });
      assert.equal(await word(text), "200 accepted");
      assert.equal(await word(base64), "200 duplicate", "it is the same body");
      const other = completed(new_run());
      assert.equal(
        await word(event_of({ headers: signed(other), body: other.toString("base64"), isBase64Encoded: true })),
        "200 accepted",
      );
      assert.equal(events.length, 2);
      // The flag says what it is: the wrong way round nothing is guessed.
      assert.equal(
        await word({ ...base64, isBase64Encoded: false }),
        "503 unavailable",
        "not as long as was announced",
      );
      assert.equal(await word({ ...text, isBase64Encoded: true }), "503 unavailable", "no base64");
      assert.equal(
        await word(event_of({ headers, body: null, isBase64Encoded: false })),
        "503 unavailable",
        "there is none",
      );
      assert.equal(await word(event_of({ headers: [], body: "" })), "400 missing_signature");
      assert.equal(
        await word(event_of({ headers: [...headers, headers[1]], body: body.toString() })),
        name === "load balancer" ? "200 duplicate" : "400 malformed_timestamp",
      );
      assert.equal(await word(event_of({ headers, path: "/other", body: "" })), "404 not_found");
      const head = await handler(event_of({ headers: [], method: "HEAD", body: null }));
      assert.equal(`${head.statusCode} ${head.headers.Allow} ${JSON.stringify(head.body)}`, '405 POST ""');
    });
  }

  test("an answer has the core's headers alone, as lists where the load balancer has lists", async () => {
    const { receiver } = receiving();
    const answer = await lambda_handler(receiver)(EVENTS["HTTP API (v2)"]({ headers: [], body: "" }));
    assert.deepEqual(answer, {
      statusCode: 400,
      headers: { "Content-Type": "application/json", "Content-Length": "29" },
      body: '{"error":"missing_signature"}',
      isBase64Encoded: false,
    });
    const lists = await lambda_handler(receiver)(EVENTS["load balancer with lists"]({ headers: [], body: "" }));
    assert.deepEqual(lists.multiValueHeaders, { "Content-Type": ["application/json"], "Content-Length": ["29"] });
  });

  test("no name of a header decides how an event is read", async () => {
    const { receiver } = receiving();
    for (const event_of of Object.values(EVENTS)) {
      for (const name of ["headers", "rawHeaders", "__proto__", "method", "then", "next", "get"]) {
        const body = completed(new_run());
        const sent = JSON.stringify(event_of({ headers: [...signed(body), ["X", "x"]], body: body.toString() })).replaceAll('"x":', `${JSON.stringify(name)}:`);
        assert.equal((await lambda_handler(receiver)(JSON.parse(sent))).statusCode, 200, name);
      }
    }
  });

  test("an event of another kind is the caller's mistake, and never answered for good", async () => {
    const body = completed(new_run());
    const of_lattice = { version: "2.0", path: PATH, method: "POST", headers: lists_of(signed(body)), body: body.toString(), requestContext: {} };
    for (const event of [of_lattice, {}]) await assert.rejects(lambda_handler(receiving().receiver)(event), /TypeError: method must be a string/);
  });

  test("a body as long as Lambda hands over is read, whatever becomes of it", async () => {
    const { receiver } = receiving();
    const body = Buffer.alloc(4_500_000, " ");
    const long = EVENTS["HTTP API (v2)"]({ headers: signed(body), body: body.toString("base64"), isBase64Encoded: true });
    assert.equal((await lambda_handler(receiver)(long)).statusCode, 413);
  });

  test("a body that something parsed is unavailable, with what to do", async () => {
    const { receiver, lines } = receiving();
    const body = completed(new_run());
    const parsed = EVENTS["HTTP API (v2)"]({ headers: signed(body), body: JSON.parse(body) });
    assert.equal((await lambda_handler(receiver)(parsed)).statusCode, 503);
    assert.match(lines[0].detail, /hand the event over untouched/);
  });
});

describe("Hono", () => {
  test("takes what nobody has touched, and says so where somebody has", async () => {
    const { receiver, events, lines } = receiving();
    const app = new Hono({ strict: false });
    app.use("/eaten/*", async (context, next) => void (await context.req.json(), await next()));
    app.all(PATH, hono_handler(receiver));
    const eaten = receiving({ path: undefined });
    app.all("/eaten/here", hono_handler(eaten.receiver));
    const send = (path, body = completed(new_run())) =>
      app.request(path, { method: "POST", headers: signed(body), body });
    assert.equal((await send(PATH)).status, 200);
    assert.equal((await send(`${PATH}/`)).status, 200);
    assert.equal((await app.request(PATH)).headers.get("allow"), "POST");
    assert.equal(events.length, 2);
    assert.equal((await send("/eaten/here")).status, 503);
    assert.match(eaten.lines[0].detail, /c\.req\.json\(\) in Hono/);
    assert.ok(lines.every(({ code }) => code !== "unavailable"));
  });

  test("hands the host's waitUntil on", async () => {
    const kept = [];
    const app = new Hono().all(PATH, hono_handler(receiving().receiver));
    const body = completed(new_run());
    const request = new Request(`http://127.0.0.1${PATH}`, { method: "POST", headers: signed(body), body });
    await app.fetch(request, {}, { waitUntil: (work) => kept.push(work), passThroughOnException() {} });
    assert.equal(kept.length, 1);
  });
});

test("Next.js gets `after`, and SvelteKit its platform's context, for work that goes on", async () => {
  for (const [name, receive] of Object.entries({
    next: (request, keep) => next_handler(receiving().receiver, { after: keep })(request),
    sveltekit: (request, keep) =>
      sveltekit_handler(receiving().receiver)({ request, platform: { ctx: { waitUntil: keep } } }),
    bare: (request) => sveltekit_handler(receiving().receiver)({ request, platform: undefined }),
  })) {
    const kept = [];
    const body = completed(new_run());
    const answer = await receive(
      new Request(`http://127.0.0.1${PATH}`, { method: "POST", headers: signed(body), body }),
      (work) => kept.push(work),
    );
    assert.equal(answer.status, 200);
    assert.equal(kept.length, name === "bare" ? 0 : 1, name);
  }
});
