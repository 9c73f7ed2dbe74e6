// The Durable Object's class over a storage of the test's: what it keeps, and until when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OvertenLedger } from "overten-webhook/stores/durable-object";

const TIMES = { now: 1_760_000_000, leaseSeconds: 60, retentionSeconds: 1000 };

class Storage {
  rows = new Map();
  alarm_at = null;
  async get(name) {
    return this.rows.get(name);
  }
  async put(name, value) {
    this.rows.set(name, structuredClone(value));
  }
  async setAlarm(at) {
    this.alarm_at = at;
  }
  async deleteAlarm() {
    this.alarm_at = null;
  }
  async deleteAll() {
    this.rows.clear();
  }
}

function ledger() {
  const storage = new Storage();
  const object = new OvertenLedger({ storage });
  const ask = async (what, asked) => {
    const answer = await object.fetch(
      new Request(`https://ledger/${what}`, { method: "POST", body: JSON.stringify({ ...TIMES, ...asked }) }),
    );
    return answer.status === 200 ? answer.json() : answer.status;
  };
  return { storage, object, ask };
}

test("it keeps a claim for twice its lease, a committed key for twice its retention, then nothing", async (test) => {
  test.mock.timers.enable({ apis: ["Date"], now: 5_000_000 });
  const { storage, object, ask } = ledger();
  assert.equal(await ask("claim", { token: "a" }), "new");
  assert.equal(storage.alarm_at, 5_000_000 + 120_000);
  assert.equal(await ask("commit", { token: "a" }), true);
  assert.equal(storage.alarm_at, 5_000_000 + 2_000_000);
  test.mock.timers.setTime(5_000_000 + 1_999_999);
  storage.alarm_at = null;
  await object.alarm();
  assert.equal(storage.alarm_at, 5_000_000 + 2_000_000, "rung too early, it is set again");
  assert.equal(await ask("claim", { token: "b" }), "duplicate");
  test.mock.timers.setTime(5_000_000 + 2_000_000);
  await object.alarm();
  assert.equal(storage.rows.size, 0);
});

test("a released key leaves nothing behind, and no alarm", async () => {
  const { storage, ask } = ledger();
  await ask("claim", { token: "a" });
  await ask("release", { token: "b" });
  assert.equal(await ask("claim", { token: "c" }), "in_flight");
  await ask("release", { token: "a" });
  assert.equal(storage.rows.size, 0);
  assert.equal(storage.alarm_at, null);
});

test("a retention without end is an alarm that the platform takes", async () => {
  const { storage, ask } = ledger();
  await ask("commit", { token: "a", retentionSeconds: Number.MAX_SAFE_INTEGER });
  assert.ok(storage.alarm_at < Date.now() + 120 * 365 * 86_400_000);
});

test("nothing else is asked of it", async () => {
  const { ask, object } = ledger();
  assert.equal(await ask("constructor", {}), 404);
  assert.equal((await object.fetch(new Request("https://ledger/claim"))).status, 404);
});
