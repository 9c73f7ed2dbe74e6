// Taken in exactly once: duplicates, races, a queue that is slow or down, a ledger that dies between any two steps.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NOW, completed, signed, start, temporary_folder } from "./harness.mjs";

const WEEK = 604_800;
let worker;
before(async () => (worker = await start()));
after(() => worker.stop());

/** What each step of the tests below is about: the answer's code, and what it left in the queue. */
async function post(body, request) {
  const { json } = await worker.post(body, request);
  return json.status ?? json.error;
}

async function keys_in_queue() {
  return (await worker.messages_so_far()).map(({ key }) => key);
}

async function until_sends(count) {
  while ((await worker.control("GET", "sends")) < count);
}

test("a delivery is taken in once, also when it is signed again later", async () => {
  await worker.set();
  assert.equal(await post(completed("once")), "accepted");
  assert.equal(await post(completed("once")), "duplicate");
  await worker.set({ now: NOW + 172_800 });
  const headers = [...signed(completed("once"), { timestamp: NOW + 172_800 }), ["X-Request-Id", "another"]];
  assert.equal(await post(completed("once"), { headers }), "duplicate");
  assert.deepEqual(await keys_in_queue(), ["run.completed:once"]);
});

test("two events of one run are two deliveries, in whatever order they come", async () => {
  await worker.set();
  assert.equal(await post(completed("both")), "accepted");
  assert.equal(await post('{"event":"run.failed","run_id":"both"}'), "accepted");
  assert.deepEqual(await keys_in_queue(), ["run.completed:both", "run.failed:both"]);
});

test("a resumed run's second task is a duplicate in run scope and new in task scope", async () => {
  for (const [scope, second] of [["run", "duplicate"], ["task", "accepted"]]) {
    await worker.set({ env: { KEY_SCOPE: scope } });
    assert.equal(await post(completed(`resumed_${scope}`, { task_id: "t1" })), "accepted");
    assert.equal(await post(completed(`resumed_${scope}`, { task_id: "t2" })), second);
  }
  await keys_in_queue();
});

test("a quarantined delivery that is replayed is a duplicate too", async () => {
  await worker.set();
  assert.equal(await post("no json at all"), "quarantined");
  assert.equal(await post("no json at all"), "duplicate");
  const [message] = await worker.messages_so_far();
  assert.match(message.key, /^body=[0-9a-f]{64}$/);
  assert.deepEqual([message.quarantined, message.event, message.body], [true, null, { text: "no json at all" }]);
});

test("fifty equal deliveries at once through a slow queue make one message", async () => {
  await worker.set({ queue: { mode: "slow", delay_ms: 300 } });
  const codes = await Promise.all(Array.from({ length: 50 }, () => post(completed("fifty"))));
  assert.equal(codes.filter((code) => code === "accepted").length, 1);
  assert.deepEqual(codes.filter((code) => !["accepted", "duplicate", "in_flight"].includes(code)), []);
  assert.ok(codes.includes("in_flight"), "some came while the first was being handed on");
  assert.deepEqual(await keys_in_queue(), ["run.completed:fifty"]);
  assert.equal(await post(completed("fifty")), "duplicate");
});

test("fifty different deliveries at once through a slow queue all get in", async () => {
  await worker.set({ queue: { mode: "slow", delay_ms: 300 } });
  const runs = Array.from({ length: 50 }, (_, at) => `many_${at}`);
  const codes = await Promise.all(runs.map((run) => post(completed(run))));
  assert.deepEqual(new Set(codes), new Set(["accepted"]));
  assert.deepEqual((await keys_in_queue()).sort(), runs.map((run) => `run.completed:${run}`).sort());
});

test("a delivery that is being handed on answers in_flight, and is retried", async () => {
  await worker.set({ queue: { mode: "held" } });
  const first = post(completed("held"));
  await until_sends(1);
  const second = await worker.post(completed("held"));
  assert.deepEqual([second.status, second.json, second.headers.get("retry-after")], [503, { error: "in_flight" }, "10"]);
  await worker.control("POST", "release");
  assert.equal(await first, "accepted");
  assert.equal(await post(completed("held")), "duplicate");
  assert.deepEqual(await keys_in_queue(), ["run.completed:held"]);
});

test("a claim whose holder hangs lapses after sixty seconds", async () => {
  await worker.set({ queue: { mode: "held" } });
  const hanging = post(completed("hung"));
  await until_sends(1);
  await worker.set({ now: NOW + 60 });
  assert.equal(await post(completed("hung")), "in_flight");
  await worker.set({ now: NOW + 61 });
  assert.equal(await post(completed("hung")), "accepted");
  await worker.reset("hung");
  await hanging;
  assert.deepEqual(await keys_in_queue(), ["run.completed:hung"]);
});

test("a queue that fails answers 503, records nothing, and the retry is accepted", async () => {
  await worker.set({ queue: { mode: "fail" } });
  const failed = await worker.post(completed("failing"));
  assert.deepEqual([failed.status, failed.json], [503, { error: "unavailable" }]);
  assert.deepEqual(total_rows(await worker.control("GET", "ledger?object=failing")), 0);
  await worker.set();
  assert.equal(await post(completed("failing")), "accepted");
  assert.deepEqual(await keys_in_queue(), ["run.completed:failing"]);
});

test("a ledger that cannot be reached, or answers anything unexpected, is unavailable", async () => {
  const odd = [
    { mode: "dead" },
    { mode: "answers", status: 200, text: "" },
    { mode: "answers", status: 200, text: "NEW" },
    { mode: "answers", status: 200, text: "<html>" },
    { mode: "answers", status: 201, text: "new" },
    { mode: "answers", status: 404, text: "new" },
    { mode: "answers", status: 503, text: "duplicate" },
  ];
  for (const ledger of odd) {
    await worker.set({ ledger: { namespace: "", ...ledger } });
    const answer = await worker.post(completed("dead"));
    assert.deepEqual([answer.status, answer.json], [503, { error: "unavailable" }], JSON.stringify(ledger));
  }
  await worker.set();
  assert.equal(await post(completed("dead")), "accepted");
  assert.deepEqual(await keys_in_queue(), ["run.completed:dead"]);
});

test("the ledger dies before the queue has it: nothing is there, the retry is accepted", async () => {
  for (const [run, body] of [["early", completed("early")], ["early_and_stored", completed("early_and_stored", { summary: "x".repeat(200_000) })]]) {
    await worker.set({ queue: { mode: "abort_before_send" } });
    assert.equal(await post(body), "unavailable");
    await worker.set();
    assert.equal(await post(body), "accepted");
    assert.deepEqual(await keys_in_queue(), [`run.completed:${run}`]);
  }
});

test("the ledger dies after the queue has it: handed on twice with the same key, never lost", async () => {
  for (const mode of ["abort_after_send", "fail_after_send"]) {
    await worker.set({ queue: { mode } });
    assert.equal(await post(completed(mode)), "unavailable");
    await worker.set();
    assert.equal(await post(completed(mode)), "accepted");
    assert.equal(await post(completed(mode)), "duplicate");
    assert.deepEqual(await keys_in_queue(), [`run.completed:${mode}`, `run.completed:${mode}`]);
  }
});

test("the ledger dies after it wrote that it was handed on: the retry is told so", async () => {
  await worker.set({ queue: { mode: "abort_after_accept" } });
  assert.equal(await post(completed("written")), "unavailable");
  await worker.set();
  assert.equal(await post(completed("written")), "duplicate");
  assert.deepEqual(await keys_in_queue(), ["run.completed:written"]);
});

test("the ledger is reset while the queue hangs: the retry is accepted", async () => {
  await worker.set({ queue: { mode: "held" } });
  const first = post(completed("evicted"));
  await until_sends(1);
  await worker.reset("evicted");
  assert.equal(await first, "unavailable");
  await worker.set();
  assert.equal(await post(completed("evicted")), "accepted");
  assert.deepEqual(await keys_in_queue(), ["run.completed:evicted"]);
});

test("an evicted ledger still knows what it accepted", async () => {
  await worker.set();
  assert.equal(await post(completed("asleep")), "accepted");
  await worker.evict("asleep");
  assert.equal(await post(completed("asleep")), "duplicate");
  await keys_in_queue();
});

test("a key is kept for the retention from its first acceptance, which a duplicate does not renew", async () => {
  const at = async (now) => {
    await worker.set({ now });
    return post(completed("kept"), { headers: signed(completed("kept"), { timestamp: now }) });
  };
  assert.equal(await at(NOW), "accepted");
  assert.equal(await at(NOW + WEEK), "duplicate");
  assert.equal(await at(NOW + WEEK + 1), "accepted");
  await keys_in_queue();
});

test("a retention made longer reaches the keys that are held, and one made shorter too", async () => {
  const at = async (now, days) => {
    await worker.set({ now, env: { RETENTION_SECONDS: String(days * 86_400) } });
    return post(completed("longer"), { headers: signed(completed("longer"), { timestamp: now }) });
  };
  assert.equal(await at(NOW, 7), "accepted");
  assert.equal(await at(NOW + WEEK + 1, 14), "duplicate", "a replay that the old retention would have let in");
  // The alarm was set for the old retention, and must not take what the new one keeps.
  const { alarm_ms } = await worker.control("GET", "ledger?object=longer");
  assert.equal(alarm_ms, (NOW + WEEK + 1) * 1000);
  await worker.control("POST", "ledger/alarm?object=longer");
  assert.deepEqual(await worker.control("GET", "ledger?object=longer"), {
    alarm_ms: (NOW + 2 * WEEK + 1) * 1000, rows: { accepted: 1, bodies: 0 },
  });
  assert.equal(await at(NOW + 2 * WEEK, 14), "duplicate");
  assert.equal(await at(NOW + 2 * WEEK, 4), "accepted");
  await keys_in_queue();
});

test("another scope makes other keys, so what was accepted under the old ones is new", async () => {
  for (const [scope, code] of [["run", "accepted"], ["run", "duplicate"], ["task", "accepted"], ["task", "duplicate"]]) {
    await worker.set({ env: { KEY_SCOPE: scope } });
    assert.equal(await post(completed("rescoped", { task_id: "t" })), code, scope);
  }
  await keys_in_queue();
});

test("an object that was only asked, or died before its first write, has no table and no alarm", async () => {
  await worker.set({ queue: { mode: "fail" } });
  assert.equal(await post(completed("unwritten")), "unavailable");
  await worker.set({ queue: { mode: "abort_before_send" } });
  assert.equal(await post(completed("unwritten")), "unavailable");
  assert.deepEqual(await worker.control("GET", "ledger?object=unwritten"), { alarm_ms: null, rows: {} });

  await worker.set();
  const path = `/bodies/${"0".repeat(64)}`;
  assert.equal((await worker.fetch_body({ object: "unwritten", path })).status, 404);
  assert.deepEqual(await worker.control("GET", "ledger?object=unwritten"), { alarm_ms: null, rows: {} });
});

test("a late read of a forgotten body makes no table again", async () => {
  await worker.set();
  assert.equal(await post(completed("read_late", { summary: "x".repeat(200_000) })), "accepted");
  const [{ body: { stored } }] = await worker.messages_so_far();
  await worker.set({ now: NOW + 31 * 86_400 });
  await worker.control("POST", "ledger/alarm?object=read_late");
  assert.equal((await worker.fetch_body(stored)).status, 404);
  await worker.evict("read_late");
  assert.equal((await worker.fetch_body(stored)).status, 404);
  assert.deepEqual(await worker.control("GET", "ledger?object=read_late"), { alarm_ms: null, rows: {} });
});

test("the first delivery of a run takes two statements, and a duplicate one", async () => {
  await worker.set();
  const statements = async (body, code) => {
    await worker.control("GET", "statements");
    assert.equal(await post(body), code);
    return (await worker.control("GET", "statements")).length;
  };
  assert.equal(await statements(completed("counted"), "accepted"), 2, "are there tables; make them and insert");
  assert.equal(await statements(completed("counted"), "duplicate"), 1);
  assert.equal(await statements('{"event":"run.failed","run_id":"counted"}', "accepted"), 2, "look, insert");
  await keys_in_queue();
});

test("the first row makes both tables: an earlier version, deployed again, expects them", async () => {
  await worker.set();
  assert.equal(await post(completed("small")), "accepted");
  assert.deepEqual((await worker.control("GET", "ledger?object=small")).rows, { accepted: 1, bodies: 0 });
  await worker.set({ queue: { mode: "fail" } });
  assert.equal(await post(completed("large", { summary: "x".repeat(200_000) })), "unavailable");
  assert.deepEqual((await worker.control("GET", "ledger?object=large")).rows, { accepted: 0, bodies: 1 });
  await keys_in_queue();
});

test("the alarm removes what has expired, and everything once nothing is left", async () => {
  const object = "ledger?object=expiring";
  await worker.set();
  assert.equal(await post(completed("expiring")), "accepted");
  await worker.set({ now: NOW + 1000 });
  assert.equal(await post('{"event":"run.failed","run_id":"expiring"}'), "accepted");
  assert.equal(total_rows(await worker.control("GET", object)), 2);

  const first_due = (await worker.control("GET", object)).alarm_ms;
  assert.equal(first_due, (NOW + WEEK + 1) * 1000);
  await worker.set({ now: NOW + WEEK + 1 });
  await worker.control("POST", "ledger/alarm?object=expiring");
  assert.equal(total_rows(await worker.control("GET", object)), 1);

  await worker.set({ now: NOW + WEEK + 1001 });
  const second_due = await worker.control("POST", "ledger/alarm?object=expiring");
  assert.equal(second_due, (NOW + WEEK + 1001) * 1000);
  assert.deepEqual(await worker.control("GET", object), { alarm_ms: null, rows: {} });

  const headers = signed(completed("expiring"), { timestamp: NOW + WEEK + 1001 });
  assert.equal(await post(completed("expiring"), { headers }), "accepted", "the same object takes deliveries again");
  await keys_in_queue();
});

test("an alarm that rings while a setting is wrong forgets bodies, keeps keys, and is set again", async () => {
  const object = "ledger?object=wrongly_set";
  await worker.set();
  assert.equal(await post(completed("wrongly_set", { summary: "x".repeat(200_000) })), "accepted");
  const later = NOW + 31 * 86_400;
  await worker.set({ now: later, env: { RETENTION_SECONDS: "a week" } });
  await worker.control("POST", "ledger/alarm?object=wrongly_set");
  assert.deepEqual(await worker.control("GET", object), { alarm_ms: (later + 86_400) * 1000, rows: { accepted: 1, bodies: 0 } });
  await worker.set({ now: later + 86_400 });
  await worker.control("POST", "ledger/alarm?object=wrongly_set");
  assert.deepEqual(await worker.control("GET", object), { alarm_ms: null, rows: {} });
  await keys_in_queue();
});

test("a retention beyond what an alarm can be set for holds no delivery up", async () => {
  await worker.set({ now: null, env: { RETENTION_SECONDS: "9999999999999" } });
  const body = completed("for_long");
  const headers = signed(body, { timestamp: Math.floor(Date.now() / 1000) });
  assert.equal(await post(body, { headers }), "accepted");
  assert.equal(await post(body, { headers }), "duplicate");
  assert.ok((await worker.control("GET", "ledger?object=for_long")).alarm_ms > Date.now());
  assert.deepEqual(await keys_in_queue(), ["run.completed:for_long"]);
});

test("an alarm that cannot be set takes no commit back, and is set by the object's next one", async () => {
  const object = "ledger?object=alarmless";
  await worker.set({ alarm_fails: true });
  assert.equal(await post(completed("alarmless")), "accepted");
  await worker.set();
  assert.equal(await post(completed("alarmless")), "duplicate");
  assert.deepEqual(await worker.control("GET", object), { alarm_ms: null, rows: { accepted: 1, bodies: 0 } });
  assert.equal(await post('{"event":"run.failed","run_id":"alarmless"}'), "accepted");
  assert.equal((await worker.control("GET", object)).alarm_ms, (NOW + WEEK + 1) * 1000);
  await keys_in_queue();
});

test("the platform's own alarm empties the object", async () => {
  const env = { TOLERANCE_PAST_SECONDS: "off", TOLERANCE_FUTURE_SECONDS: "off", RETENTION_SECONDS: "2" };
  await worker.set({ now: null, env });
  assert.equal(await post(completed("by_itself")), "accepted");
  const rows = async () => (await worker.control("GET", "ledger?object=by_itself")).rows;
  assert.equal((await rows()).accepted, 1);
  while (Object.keys(await rows()).length > 0);
  await keys_in_queue();
});

test("a restart forgets nothing that was accepted", async (t) => {
  const persist = await temporary_folder(t);
  for (const expected of ["accepted", "duplicate"]) {
    const restarted = await start({ persist });
    try {
      await restarted.set();
      assert.equal((await restarted.post(completed("persisted"))).json.status, expected);
    } finally {
      await restarted.stop();
    }
  }
});

function total_rows({ rows }) {
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}
