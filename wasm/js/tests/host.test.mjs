// What the host hashes: the verdict stays the core's, whatever that host can or does.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import path from "node:path";
import { mock, test } from "node:test";
import { check } from "./checked-vectors.mjs";
import { HERE } from "./hosts.mjs";

const SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const now = 1_760_000_000;

function vectors_with(hash) {
  const script = path.join(HERE, "hosts/with-another-hash.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, hash], { encoding: "utf8", maxBuffer: 1e8 });
  assert.equal(status, 0, stderr);
  return { results: JSON.parse(stdout), asked: Number(stderr) };
}

for (const hash of ["none", "an older Node's", "constant"]) {
  test(`every vector gets its verdict by the hash of a host: ${hash}`, () => check(vectors_with(hash).results));
}

test("a host that can hash is asked to, for each secret that is tried", () => {
  const { results, asked } = vectors_with("counted");
  check(results);
  assert.ok(asked > results.deliveries.ran / 2, `asked ${asked} times`);
});

// What stands in for Node's own where there is none.
for (const stand_in of ["nothing", "throws", "null", "path", "wrong"]) {
  test(`the package loads, and answers right, where getBuiltinModule is a stand-in: ${stand_in}`, () => {
    const script = path.join(HERE, "hosts/with-stand-in.mjs");
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, stand_in], { encoding: "utf8" });
    assert.equal(stdout, "run_01\n", stderr);
    assert.equal(status, 0, stderr);
  });
}

test("a hash that goes wrong lets no forged delivery in", async () => {
  let lie;
  const { hash } = process.getBuiltinModule("node:crypto");
  let asked = 0;
  const crypto = { hash: (...given) => ((asked += 1), lie ? lie(given) : hash(...given)) };
  const mocked = mock.method(process, "getBuiltinModule", (name) => (name === "node:crypto" ? crypto : undefined));
  const { Receiver, Verifier } = await import("./node_modules/overten-webhook/esm/index.js");
  const verifier = new Verifier(SECRET);
  const receiver = new Receiver({ secrets: SECRET, handler() {}, setAside() {}, log() {}, clock: () => now });
  mocked.mock.restore();

  const body = Buffer.from('{"event":"run.completed","run_id":"run_01"}');
  const forged = Buffer.from('{"event":"run.completed","run_id":"run_02"}');
  const mac = createHmac("sha256", SECRET).update(`${now}.`).update(body).digest("hex");
  const headers = { "X-Overten-Signature": `sha256=${mac}`, "X-Overten-Timestamp": String(now) };
  const answered = async (given) => {
    const before = asked;
    const { code } = await receiver.take({ method: "POST", target: "/", headers, body: given });
    assert.equal(asked, before + 1, "the receiver asks, too");
    return code;
  };
  const code_of = (given) => {
    try {
      return verifier.verify(given, headers, { now }).event().runId;
    } catch ({ code }) {
      return code;
    }
  };
  assert.equal(code_of(body), "run_01");
  const cannot = [() => "", () => "short", () => hash("sha256", body, "hex"), () => Buffer.alloc(32), () => undefined, () => 7, () => assert.fail("no hash")];
  for (const each of cannot) {
    lie = each;
    assert.deepEqual([code_of(body), code_of(forged)], ["run_01", "signature_mismatch"], String(each));
    const codes = [await answered(body), await answered(forged)];
    assert.deepEqual(codes, [each === cannot[0] ? "accepted" : "duplicate", "signature_mismatch"], String(each));
  }
  // The signature itself, and hashes of what an attacker knows.
  const known = Buffer.from(mac, "hex").toString("latin1");
  const wrong = ["\0".repeat(32), "\u{141}".repeat(32), known, ...[body, forged, ""].map((each) => hash("sha256", each, "latin1"))];
  for (const each of wrong) {
    lie = () => each;
    assert.deepEqual([code_of(body), code_of(forged)], ["signature_mismatch", "signature_mismatch"]);
    assert.deepEqual([await answered(body), await answered(forged)], ["signature_mismatch", "signature_mismatch"]);
  }
  lie = undefined;
  assert.equal(code_of(body), "run_01");
  assert.equal(createHash("sha256").update("").digest("latin1"), hash("sha256", "", "latin1"));
});
