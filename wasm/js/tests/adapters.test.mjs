// The adapters for servers of Node, each on the real framework by real requests.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { Readable, Writable } from "node:stream";
import { runInNewContext } from "node:vm";
import express from "express";
import fastify from "fastify";
import { Receiver, Verifier, WebhookError } from "overten-webhook";
import { webhookHandler as express_handler } from "overten-webhook/express";
import { webhookPlugin } from "overten-webhook/fastify";
import { webhookHandler as hono_handler } from "overten-webhook/hono";
import { webhookHandler as lambda_handler } from "overten-webhook/lambda";
import { webhookHandler as next_handler } from "overten-webhook/next";
import { webhookHandler as node_handler } from "overten-webhook/node";
import { webhookHandler as sveltekit_handler } from "overten-webhook/sveltekit";
import { check_server, completed, new_run, PATH, post, SECRET, signed } from "./deliveries.mjs";

/** A receiver, the events that it handed on, and its lines. */
function receiving(settings = {}) {
  const events = [];
  const lines = [];
  const handler = async (event) => void events.push(event);
  const log = (line) => lines.push(JSON.parse(line));
  return {
    events,
    lines,
    receiver: new Receiver({ secrets: SECRET, path: PATH, handler, setAside() {}, log, ...settings }),
  };
}

async function listening(test, server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => server.closeAllConnections() ?? server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

/** An Express application with the receiver's handler, behind what `before` mounts. */
function on_express(test, receiver, before = () => {}) {
  const app = express();
  before(app);
  app.all(PATH, express_handler(receiver));
  return listening(test, http.createServer(app));
}

async function on_fastify(test, receiver, before = () => {}, options = {}) {
  const app = fastify(options);
  await before(app);
  app.register(webhookPlugin(receiver, PATH));
  app.post("/other", async (request) => request.body);
  test.after(() => app.close());
  return app.listen({ host: "127.0.0.1", port: 0 });
}

const SERVERS = {
  "Node's http": (test, receiver) => listening(test, http.createServer(node_handler(receiver))),
  Express: on_express,
  "Express, under a router that is mounted": (test, receiver) => {
    const router = express.Router().all("/overten", express_handler(receiver));
    return listening(test, http.createServer(express().use("/webhooks", router)));
  },
  Fastify: on_fastify,
};

for (const [name, start] of Object.entries(SERVERS)) {
  describe(name, () => {
    test("answers every kind of request as the core says", async (test) => {
      const { receiver, events } = receiving();
      await check_server(await start(test, receiver));
      assert.equal(events[0].runId, "run_first");
      assert.equal(new Set(events.map(({ runId }) => runId)).size, events.length, "each event came once");
    });

    test("leaves a connection in step that brought a body which nobody read, or not to its end", async (test) => {
      const { receiver, events } = receiving();
      const url = new URL(await start(test, receiver));
      const smuggled = completed(new_run());
      const inner = as_bytes(url, smuggled, signed(smuggled));
      const too_long = Buffer.concat([Buffer.alloc(3 * 1024 * 1024, " "), inner]);
      const last = completed(new_run());
      const answers = await over_one_connection(url, [
        as_bytes(url, inner, []),
        as_bytes(url, too_long, signed(too_long)),
        as_bytes(url, last, [...signed(last), ["Connection", "close"]]),
      ]);
      assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 400", "HTTP/1.1 413", "HTTP/1.1 200"]);
      assert.equal(events.length, 1);
    });

    test("is done with a body that is too long as soon as that shows", async (test) => {
      const { receiver } = receiving({ maxBodyBytes: 1000 });
      const url = await start(test, receiver);
      const body = Buffer.alloc(1001, " ");
      const held_back = { headers: [...signed(body), ["Content-Length", "5000"]], framing: false };
      const answer = await post(url, { ...held_back, body });
      assert.equal(answer.status, 413, "the rest never comes");
    });
  });
}

function as_bytes(url, body, headers) {
  const head = [
    ["Host", url.host],
    ["Content-Length", String(body.length)],
    ["Content-Type", "application/json"],
    ...headers,
  ];
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`POST ${PATH} HTTP/1.1\r\n${lines}\r\n`), body]);
}

function over_one_connection(url, requests) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(url.port), url.hostname);
    const chunks = [];
    socket
      .on("data", (chunk) => chunks.push(chunk))
      .on("error", reject)
      .on("close", () => resolve(Buffer.concat(chunks).toString()));
    socket.write(Buffer.concat(requests));
  });
}

describe("a body that was read before", () => {
  const eaten = {
    "express.json()": {
      start: (test, receiver) => on_express(test, receiver, (app) => app.use(express.json())),
      says: /express\.json\(\)/,
    },
    "express.text()": {
      start: (test, receiver) => on_express(test, receiver, (app) => app.use(express.text({ type: () => true }))),
      says: /express\.raw/,
    },
    "a middleware that only reads": {
      start: (test, receiver) =>
        on_express(test, receiver, (app) => app.use((request, response, next) => request.on("end", next).resume())),
      says: /mount this handler in front of/,
    },
    "a middleware that decodes": {
      start: (test, receiver) =>
        on_express(test, receiver, (app) =>
          app.use((request, response, next) => next(request.setEncoding("utf8") && undefined)),
        ),
      says: /pieces of string/,
    },
    "a hook of Fastify": {
      start: (test, receiver) =>
        on_fastify(test, receiver, (app) =>
          app.addHook("onRequest", (request, reply, next) => void request.raw.on("end", next).resume()),
        ),
      says: /onRequest/,
    },
  };
  for (const [name, { start, says }] of Object.entries(eaten)) {
    test(`${name}: answered as unavailable, with what ate it and what to do`, async (test) => {
      const { receiver, lines, events } = receiving();
      const url = await start(test, receiver);
      const body = completed(new_run());
      const answer = await post(url, { body });
      assert.equal(`${answer.status} ${answer.body}`, '503 {"error":"unavailable"}');
      assert.match(lines.at(-1).detail, says);
      assert.equal(events.length, 0);
    });
  }

  // Each is what other code does in front of the receiver; whether it then has a part of the body is the question.
  const beside = {
    counts: (request) => request.on("data", () => {}),
    "collects, and does not wait": (request) => request.on("data", () => {}).on("end", () => {}),
    resumes: (request) => request.resume(),
    pipes: (request) => request.pipe(new Writable({ write: (chunk, encoding, done) => done() })),
    "makes a web stream of it": (request) => Readable.toWeb(request),
    pauses: (request) => request.on("data", () => {}).pause(),
    "listens for an end": (request) => request.on("end", () => {}).on("close", () => {}),
  };
  const takes = {
    iterates: async (request) => {
      for await (const chunk of request) void chunk;
    },
    reads: (request) => request.on("readable", () => request.read()),
  };
  const mounts = {
    Express: (test, receiver, before) => on_express(test, receiver, (app) => app.use(before)),
    Fastify: (test, receiver, before) =>
      on_fastify(test, receiver, (app) => app.addHook("onRequest", ({ raw }, reply, next) => void before(raw, reply, next))),
    "Node's http": (test, receiver, before) => {
      const handler = node_handler(receiver);
      return listening(test, http.createServer((request, response) => before(request, response, () => handler(request, response))));
    },
    // As Hono's server for Node makes a request of one.
    "Hono, over Node's http": (test, receiver, before) => {
      const handler = hono_handler(receiver);
      const answer = async (request, response) => {
        const raw = { method: request.method, url: `http://localhost${request.url}`, headers: new Headers(Object.entries(request.headers)), bodyUsed: false };
        Object.defineProperty(raw, "body", { get: () => Readable.toWeb(request) });
        const answered = await handler({ req: { raw } });
        response.writeHead(answered.status).end(await answered.text());
      };
      return listening(test, http.createServer((request, response) => before(request, response, () => answer(request, response))));
    },
    "Node's http, by the request itself": (test, receiver, before) => {
      const answer = async (request, response) => {
        const { method, url, rawHeaders } = request;
        const reply = await receiver.take({ method, target: url, headers: rawHeaders, body: request });
        response.writeHead(reply.status).end(reply.body);
      };
      return listening(test, http.createServer((request, response) => before(request, response, () => answer(request, response))));
    },
    "Node's http, behind the receiver": (test, receiver, before) =>
      listening(test, http.createServer(node_handler(receiver)).on("request", (request) => before(request, undefined, () => {}))),
  };

  /** Posts a delivery in two chunks, of which the second one is sent once the server has heard the first. */
  async function post_in_two(test, start, touch, waits = false) {
    const { receiver, lines, events } = receiving();
    let heard;
    const hears = new Promise((resolve) => (heard = resolve));
    const before = async (request, response, next) => {
      touch(request);
      const emit = request.emit;
      request.emit = (name, ...given) => (name === "data" && setImmediate(heard), emit.call(request, name, ...given));
      if (waits) await hears;
      next();
    };
    const url = await start(test, receiver, before);
    const body = completed(new_run());
    const chunk = (bytes) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
    async function* pieces() {
      yield chunk(body.subarray(0, 20));
      await hears;
      yield Buffer.concat([chunk(body.subarray(20)), Buffer.from("0\r\n\r\n")]);
    }
    const answer = await post(url, { headers: [...signed(body), ["Transfer-Encoding", "chunked"]], framing: false, body: pieces() });
    return { answer: `${answer.status} ${answer.body}`, detail: lines.at(-1).detail, events };
  }

  for (const [server, start] of Object.entries(mounts)) {
    for (const [name, touch] of Object.entries(beside)) {
      test(`${server}: what ${name} and has had none of the body yet takes nothing away`, async (test) => {
        const { answer, events, detail } = await post_in_two(test, start, touch);
        assert.equal(answer, '200 {"status":"accepted"}', detail);
        assert.equal(events.length, 1);
      });
    }
    // Hono's request does not show what was read of the one behind it.
    if (server.startsWith("Hono")) continue;
    // Of a request itself only a handler for Node's servers counts what others read meanwhile.
    for (const [name, touch] of Object.entries(server.endsWith("itself") ? {} : takes)) {
      test(`${server}: what ${name} takes a part of the body, or none, which is never answered for good`, async (test) => {
        const { answer, detail } = await post_in_two(test, start, touch);
        if (answer !== '200 {"status":"accepted"}') assert.match(`${answer}: ${detail}`, /^503 .*the body is gone/);
        else assert.match(server, /behind/);
      });
    }
    if (server.includes("behind")) continue;
    test(`${server}: what has had a chunk before the receiver was asked has eaten it`, async (test) => {
      const { answer, detail } = await post_in_two(test, start, beside.counts, true);
      assert.equal(answer, '503 {"error":"unavailable"}', detail);
      assert.match(detail, /the body is gone/);
    });
  }

  test("what listens in an async hook of Fastify has eaten it, as RECEIVING.md says", async (test) => {
    const { receiver, lines, events } = receiving();
    const url = await on_fastify(test, receiver, (app) => app.addHook("onRequest", async ({ raw }) => {
      const heard = once(raw, "end");
      raw.on("data", () => {});
      await heard;
    }));
    assert.equal((await post(url)).status, 503);
    assert.match(lines.at(-1).detail, /the body is gone/);
    assert.equal(events.length, 0);
    const text = await readFile(new URL("../RECEIVING.md", import.meta.url), "utf8");
    assert.match(text, /takes none away as long as the receiver is called in the same turn/);
  });

  test("express.raw(), wherever it is advised, takes what the receiver takes", async (test) => {
    const advised = [];
    for (const file of ["bytes.js", "verifier.d.ts", "adapters/express.js", "adapters/express.d.ts"]) {
      const text = await readFile(new URL(`../js/${file}`, import.meta.url), "utf8");
      const found = [...text.matchAll(/express\.raw\((\{[^}]*\})\)/g)].map(([, options]) => options);
      assert.ok(found.length > 0, file);
      advised.push(...found);
    }
    for (const options of new Set(advised)) {
      const { receiver } = receiving();
      const url = await on_express(test, receiver, (app) => app.use(express.raw(runInNewContext(`(${options})`))));
      const body = completed(new_run(), { message: "x".repeat(1_000_000) });
      assert.equal((await post(url, { body })).status, 200, options);
    }
  });

  test("a route over express.raw() and Verifier, as it is advised, gives a request without a body its verdict", async (test) => {
    const verifier = new Verifier(SECRET);
    const app = express();
    app.post(PATH, express.raw({ type: () => true, limit: "1mb" }), (request, response) => {
      try {
        response.send(verifier.verify(request.body ?? new Uint8Array(), request.headers).event().runId);
      } catch (error) {
        if (!(error instanceof WebhookError)) throw error;
        response.status(error.status).send(error.code);
      }
    });
    const url = await listening(test, http.createServer(app));
    const code_of = async (given) => (await post(url, given)).body;
    assert.equal(await code_of({ body: completed("run_verified") }), "run_verified");
    const none = { body: Buffer.alloc(0), framing: false };
    assert.equal(await code_of({ ...none, headers: [] }), "missing_signature");
    assert.equal(await code_of({ ...none, headers: signed("another") }), "signature_mismatch");
    for (const file of ["bytes.js", "verifier.d.ts"])
      assert.match(await readFile(new URL(`../js/${file}`, import.meta.url), "utf8"), /request\.body \?\? new Uint8Array\(\)/, file);
  });

  test("express.raw() and a platform's rawBody keep its bytes, which are as good", async (test) => {
    const { receiver, events } = receiving();
    const raw = await on_express(test, receiver, (app) => app.use(express.raw({ type: () => true })));
    assert.equal((await post(raw)).status, 200);
    const platform = await on_express(test, receiver, (app) => {
      app.use(express.json({ verify: (request, response, bytes) => (request.rawBody = bytes) }));
    });
    assert.equal((await post(platform)).status, 200);
    assert.equal(events.length, 2);
  });
});

for (const options of [{ routerOptions: { ignoreTrailingSlash: true } }, { ignoreTrailingSlash: true }]) {
  test(`Fastify with ${JSON.stringify(options)} answers as without`, async (test) => {
    await check_server(await on_fastify(test, receiving().receiver, () => {}, options));
  });
}

test("Fastify hands over whatever its content type is, and however short its own limit", async (test) => {
  const url = await on_fastify(test, receiving().receiver, () => {}, { bodyLimit: 10 });
  for (const content_type of ["json", "", "application/", "text/plain; charset=", "a b/c", "application/x-odd"])
    assert.equal((await post(url, { content_type })).status, 200, content_type);
});

test("Fastify parses the bodies of its other routes as before", async (test) => {
  const url = await on_fastify(test, receiving().receiver);
  const answer = await post(url, { path: "/other", body: Buffer.from('{"a":1}'), headers: [] });
  assert.equal(answer.body, '{"a":1}');
});

const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL } = http2.constants;
for (const code of [NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL, undefined]) {
  for (const turns of [0, 1, 50]) {
    test(`a sender that resets a stream of http2 (${code}), ${turns} turns after half its body, is not judged by the half`, async (test) => {
      const { receiver, lines, events } = receiving();
      const server = http2.createServer(node_handler(receiver));
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      test.after(() => server.close());
      const client = http2.connect(`http://127.0.0.1:${server.address().port}`);
      test.after(() => client.destroy());
      const body = completed(new_run());
      const head = { ":method": "POST", ":path": PATH, ...Object.fromEntries(signed(body)) };
      const whole = client.request(head);
      whole.end(body);
      const [answer] = await once(whole, "response");
      assert.equal(answer[":status"], 200);
      whole.resume();
      const half = client.request(head);
      half.on("error", () => {});
      half.write(body.subarray(0, 10));
      const [stream] = await once(server, "stream");
      if (stream.readableDidRead !== true) await once(stream, "data");
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      if (code === undefined) half.destroy();
      else half.close(code);
      while (lines.length < 3) await new Promise(setImmediate);
      assert.equal(lines[2].code, "unavailable");
      assert.match(lines[2].detail, /could not be read to its end/);
      assert.equal(events.length, 1);
    });
  }
}

test("a sender that hangs up in the middle of its body is answered by nothing and logged", async (test) => {
  const { receiver, lines, events } = receiving();
  const url = await SERVERS["Node's http"](test, receiver);
  const body = completed(new_run());
  const half = {
    body: body.subarray(0, 10),
    headers: [...signed(body), ["Content-Length", String(body.length)]],
    framing: false,
    hang_up: true,
  };
  await post(url, half).catch(() => {});
  while (lines.length < 2) await new Promise(setImmediate);
  assert.equal(lines[1].code, "unavailable");
  assert.match(lines[1].detail, /could not be read to its end/);
  assert.equal(events.length, 0);
});

test("an adapter takes a receiver, and says so when it is mounted", () => {
  const settings = { secrets: SECRET, handler() {}, setAside() {} };
  for (const mount of [express_handler, node_handler, hono_handler, lambda_handler, next_handler, sveltekit_handler, webhookPlugin]) {
    for (const given of [settings, undefined, null, Receiver, SECRET]) {
      assert.throws(() => mount(given, mount === webhookPlugin ? PATH : undefined), (error) => error instanceof TypeError && /takes a receiver, new Receiver\(/.test(error.message));
    }
  }
});
