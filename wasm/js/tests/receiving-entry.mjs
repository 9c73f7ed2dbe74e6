// A Worker that plays the scenario that it is sent, with the store over a Durable Object.

import { DurableObjectStore, OvertenLedger } from "overten-webhook/stores/durable-object";
import { checkStore } from "overten-webhook/testing";
import { body_of, Play, value_of } from "./play.mjs";

export { OvertenLedger };

let made = 0;

/** Objects of its own for each scenario. */
function store_over(ledger) {
  const mine = `${(made += 1)} `;
  return new DurableObjectStore({ idFromName: (name) => ledger.idFromName(mine + name), get: (id) => ledger.get(id) });
}

/** As the runtime calls it: one text for each header, and a body that comes in pieces. */
async function by_fetch(receiver, script) {
  const { method, target, headers } = script.request;
  const chunks = script.chunks();
  const pieces = new ReadableStream(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await chunks.next();
          if (done) return controller.close();
          if (value.length > 0) return controller.enqueue(new Uint8Array(value));
        }
      },
    },
    { highWaterMark: 0 },
  );
  const pairs = headers.map((header) => [header.name, new TextDecoder().decode(value_of(header))]);
  const has_body = !["GET", "HEAD"].includes(method);
  const request = new Request(new URL(target, "https://receiver"), {
    method,
    headers: pairs,
    ...(has_body ? { body: pieces, duplex: "half" } : {}),
  });
  const answer = await receiver.receive(request);
  const shown = ["Content-Type", "Retry-After", "Allow"]
    .map((name) => [name, answer.headers.get(name)])
    .filter(([, value]) => value !== null);
  return { status: answer.status, headers: Object.fromEntries(shown), body: await answer.text() };
}

/** By the claimant's clock nothing lapses, so that only an object which has forgotten the key gives it again. */
async function claimed_until_forgotten(store) {
  const claim = (token) => store.claim("key", { token, now: 1_760_000_000, leaseSeconds: 1, retentionSeconds: 1 });
  const given = [await claim("first"), await claim("second")];
  await store.commit("key", { token: "first", now: 1_760_000_000, retentionSeconds: 1 });
  given.push(await claim("third"));
  while ((await claim("fourth")) !== "new") await scheduler.wait(20);
  return given;
}

export default {
  async fetch(request, { LEDGER }) {
    if (new URL(request.url).pathname === "/check") {
      await checkStore(() => store_over(LEDGER));
      return Response.json("checked");
    }
    if (new URL(request.url).pathname === "/forget")
      return Response.json(await claimed_until_forgotten(store_over(LEDGER)));
    const scenario = await request.json();
    return Response.json(await new Play(scenario, store_over(LEDGER)).differences(by_fetch));
  },
};
