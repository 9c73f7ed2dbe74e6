// Tries a store of your own.

import { judge } from "./stores/judge.js";

const NOW = 1_760_000_000;
const LEASE = 60;
const RETENTION = 604_800;
const LAPSED = NOW + LEASE + 1;
const KEY = "run.completed:run_01";
const LONGEST_KEY = 386;
const CLAIMANTS = 50;
const ROUNDS = 5;

/** See testing.d.ts. */
export async function checkStore(make) {
  for (const check of CHECKS) await check(make);
}

let made = 0;
const new_token = () => (made += 1).toString(16).padStart(32, "0");

async function claim(store, now, { key = KEY, token = new_token(), kept = RETENTION } = {}) {
  return store.claim(key, { token, now, leaseSeconds: LEASE, retentionSeconds: kept });
}

async function commit(store, now, { token, key = KEY }) {
  return store.commit(key, { token, now, retentionSeconds: RETENTION });
}

function expect(given, wanted, what) {
  if (given !== wanted) throw new Error(`${what}: ${JSON.stringify(given)}, where ${JSON.stringify(wanted)} is right`);
}

async function new_once(make) {
  const store = await make();
  expect(typeof store.durable, "boolean", "the kind of `durable`");
  expect(await claim(store, NOW, { token: "a" }), "new", "the first claim of a key");
  expect(await claim(store, NOW + 1), "in_flight", "a claim of a key that another token holds");
  expect(
    await claim(store, NOW + 1, { token: "a" }),
    "new",
    "the same claim again, as a client sends that got no answer",
  );
  expect(await commit(store, NOW + 2, { token: "a" }), true, "a commit by the holder");
  expect(await claim(store, NOW + 3), "duplicate", "a claim of a committed key");
  expect(await commit(store, NOW + 4, { token: "a" }), true, "the same commit again");
  expect(await claim(store, NOW + 3, { key: "run.failed:run_01" }), "new", "a claim of another key");
}

async function releases(make) {
  const store = await make();
  await store.release(KEY, { token: "a" }); // after a claim that failed nothing may be there
  await claim(store, NOW, { token: "a" });
  await store.release(KEY, { token: "b" });
  expect(await claim(store, NOW), "in_flight", "a claim after a release by another token than the holder's");
  await store.release(KEY, { token: "a" });
  expect(await claim(store, NOW, { token: "c" }), "new", "a claim after its holder's release");
  await commit(store, NOW, { token: "c" });
  await store.release(KEY, { token: "c" });
  expect(await claim(store, NOW), "duplicate", "a claim after a release that came behind the commit");
}

async function commits_stand(make) {
  const store = await make();
  await claim(store, NOW, { token: "slow" });
  await claim(store, LAPSED, { token: "other" });
  expect(await commit(store, LAPSED, { token: "slow" }), false, "a commit of a claim that another has taken over");
  await store.release(KEY, { token: "other" });
  expect(await claim(store, LAPSED), "duplicate", "a claim after a commit by a holder whose claim was taken over");
  expect(
    await commit(store, NOW, { key: "unknown", token: "a" }),
    false,
    "a commit of a key of which nothing is known",
  );
  expect(await claim(store, NOW, { key: "unknown" }), "duplicate", "a claim after that commit");
}

async function never_renews(make) {
  const store = await make();
  await claim(store, NOW, { token: "first" });
  await commit(store, NOW, { token: "first" });
  await commit(store, NOW + 1000, { token: "second" });
  await claim(store, NOW + 1000);
  const what = "a claim after the retention, counted from the first commit";
  expect(await claim(store, NOW + RETENTION + 1), "new", what);
}

async function judges_by_time(make) {
  const store = await make();
  const ages = [-3600, -61, -60, -1, 0, 59, 60, 61, 604_799, 604_800, 604_801];
  const kept = [
    [60, 604_800],
    [1, 604_800],
    [3600, 604_800],
    [60, 700],
    [60, 1_000_000],
  ];
  for (const age of ages) {
    for (const committed of [false, true]) {
      for (const [leaseSeconds, retentionSeconds] of kept) {
        const key = `${age}-${committed}-${leaseSeconds}-${retentionSeconds}`;
        await claim(store, NOW, { key, token: "first" });
        if (committed) await commit(store, NOW, { key, token: "first" });
        const now = NOW + age;
        const right = judge(NOW, { committed, now, leaseSeconds, retentionSeconds });
        const given = await store.claim(key, { token: "second", now, leaseSeconds, retentionSeconds });
        const what = `a claim ${age} s after the key was ${committed ? "committed" : "claimed"}`;
        expect(given, right, `${what}, with a lease of ${leaseSeconds} s and a retention of ${retentionSeconds} s`);
      }
    }
  }
}

async function compares_keys_exactly(make) {
  const store = await make();
  const longest = `run.completed:${"x".repeat(LONGEST_KEY - 15)}`;
  const short = ["run.completed:run_A", "run.completed:run_a", `sha256=${"0".repeat(64)}`, `body=${"0".repeat(64)}`];
  for (const key of [...short, `${longest}a`, `${longest}b`]) {
    expect(await claim(store, NOW, { key }), "new", `the first claim of ${key} (${key.length} characters)`);
  }
}

async function claims_atomically(make) {
  for (let round = 0; round < ROUNDS; round += 1) {
    await race_a_release(await make(), round);
    const store = await make();
    await race(store, NOW, `claims of a new key at the same moment, round ${round}`);
    await race(store, LAPSED, `claims of a key whose claim has lapsed, round ${round}`);
    await commit(store, LAPSED, { token: "holder" });
    const later = LAPSED + RETENTION + 1;
    await race(store, later, `claims of a key whose retention is over, round ${round}`);
  }
}

async function race(store, now, what) {
  const claims = await Promise.all(Array.from({ length: CLAIMANTS }, () => claim(store, now)));
  const count = (wanted) => claims.filter((given) => given === wanted).length;
  expect(count("new"), 1, `${CLAIMANTS} ${what}: so many were given it`);
  expect(count("in_flight"), CLAIMANTS - 1, `${CLAIMANTS} ${what}: so many were told that it is in flight`);
}

/** One releases a claim that has lapsed, while the others take it over. */
async function race_a_release(store, round) {
  await claim(store, NOW, { token: "lapsed" });
  const release_at = (CLAIMANTS / ROUNDS) * round;
  const claims = await Promise.all(
    Array.from({ length: CLAIMANTS }, (_, turn) => {
      return turn === release_at ? store.release(KEY, { token: "lapsed" }) : claim(store, LAPSED);
    }),
  );
  const what = `claims beside a release by a holder whose claim has lapsed, round ${round}`;
  expect(claims.filter((given) => given === "new").length, 1, `${CLAIMANTS - 1} ${what}: so many were given it`);
  expect(await claim(store, LAPSED), "in_flight", `a claim after ${what}`);
}

const CHECKS = [
  new_once,
  releases,
  commits_stand,
  never_renews,
  judges_by_time,
  compares_keys_exactly,
  claims_atomically,
];
