// Odd input in quantity, and runtimes of different dates.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NOW, completed, signed, start } from "./harness.mjs";

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

test("a thousand malformed requests among good ones: each good one gets in, and nothing panics", async (t) => {
  const worker = await start();
  t.after(() => worker.stop());
  await worker.set();
  const good = completed("good");
  const [signature, timestamp] = signed(good);
  const signature_of = (value) => ({ headers: [["X-Overten-Signature", value], timestamp], body: Buffer.from(good) });
  const timestamp_of = (value) => ({ headers: [signature, ["X-Overten-Timestamp", value]], body: Buffer.from(good) });
  const authentic = (body) => ({ headers: signed(body), body: Buffer.from(body) });
  const malformed = [
    { headers: [] }, signature_of(""), signature_of("sha256="), signature_of("sha256=f2"), signature_of("sha256"),
    signature_of(`=${"f".repeat(64)}`), signature_of(`bogus=${"f".repeat(64)}`), signature_of(`sha256=${"f".repeat(66)}`),
    signature_of(`sha256=${"z".repeat(64)}`), signature_of("s".repeat(60_000)), signature_of(Buffer.from("sha256=\xe9", "latin1")),
    timestamp_of(""), timestamp_of("abc"), timestamp_of("-1"), timestamp_of("+1760000000"), timestamp_of("99999999999999999999"),
    timestamp_of("1760000000.0"), timestamp_of("0x68E77800"), { headers: [signature, timestamp, timestamp], body: Buffer.from(good) },
    authentic(""), authentic("["), authentic("[".repeat(100_000)), authentic('{"event":1}'), authentic('{"event":"\\ud800","run_id":"x"}'),
    authentic(Buffer.from([0xff, 0xfe, 0x00])), { method: "DELETE" }, { path: "/../../etc" }, { path: "/webhooks/overten/%00" },
  ];
  for (let at = 0; at < 1000; at += 1) {
    const { status } = await worker.request(malformed[at % malformed.length]);
    assert.ok(status < 500, `request ${at % malformed.length}: ${status}`);
    if (at % 50 === 0) assert.equal((await worker.post(completed(`good_${at}`))).json.status, "accepted");
  }
  const accepted = (await worker.messages_so_far()).filter(({ quarantined }) => !quarantined);
  assert.equal(accepted.length, 20);
  assert.deepEqual(worker.everything.filter((line) => /panick|RuntimeError|unreachable/.test(line)), []);
});

test("the bytes are what counts under every compatibility date", async (t) => {
  for (const compatibility_date of ["2023-08-01", "2024-09-23", "2026-11-01"]) {
    const worker = await start({ compatibility_date });
    t.after(() => worker.stop());
    await worker.set();
    const body = Buffer.concat([BOM, Buffer.from(completed("bom"))]);
    assert.equal((await worker.post(body)).json.status, "accepted", compatibility_date);
    assert.equal((await worker.message()).body.text, `\ufeff${completed("bom")}`, compatibility_date);
    const stripped = { headers: signed(body, { timestamp: NOW }) };
    assert.equal((await worker.post(completed("bom"), stripped)).json.error, "signature_mismatch", compatibility_date);
  }
});

test("an address with line ends, which old dates let be made, adds no header", async (t) => {
  const worker = await start({ compatibility_date: "2022-08-01" });
  t.after(() => worker.stop());
  const body = completed("injected");
  const [signature, timestamp] = signed(body);
  for (const between of ["?", "#", ""]) {
    const address = `http://receiver/webhooks/overten${between}\n\n${timestamp.join(": ")}`;
    await worker.set({ made: { address } });
    assert.notEqual((await worker.post(body, { headers: [signature] })).status, 200, between);
  }
  await worker.set({ made: { address: `http://receiver/webhooks/overten?\n${timestamp[0]}: 5` } });
  assert.equal((await worker.post(body)).json.status, "accepted");
});
