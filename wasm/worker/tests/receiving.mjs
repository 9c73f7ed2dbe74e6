// The shared scenarios of receiving, and how one is said over HTTP to a Worker with a real ledger and a real queue.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { setImmediate as pause } from "node:timers/promises";
import { ROOT } from "./harness.mjs";
import { answer_to } from "./raw.mjs";
import { body_of, pair } from "./vectors.mjs";

const file = process.env.OVERTEN_RECEIVING_VECTORS ?? path.join(ROOT, "tests/vectors/receiving.json");
export const receiving = JSON.parse(await readFile(file, "utf8"));

/** A step that is late takes this long. */
const LATE_MS = 11_000;
/** How much sooner timers ring where something is late: 10 s are a tenth of a second. */
const HURRY = 100;
const LEASE_SECONDS = 60;
const PIECE_BYTES = 65_536;

const any = (holds) => ({ requests }) => requests.some(holds);
const secrets_of = ({ settings }) => settings.secrets.map((secret) => (typeof secret === "string" ? { secret } : secret));

/** Why a scenario cannot be said here, each with what tells it; the first that holds counts. */
const UNSAYABLE = {
  "a Worker's lease is 60 s": ({ settings }) => (settings.lease_seconds ?? LEASE_SECONDS) !== LEASE_SECONDS,
  "a Worker answers at one path": ({ settings }) => settings.path === undefined,
  "a variable is text, and each of its lines a secret":
    (scenario) => secrets_of(scenario).some(({ secret, secret_hex }) => secret_hex !== undefined || secret.trim().includes("\n")),
  "the runtime refuses a method in lower case itself": any(({ method }) => method === method.toLowerCase()),
  "the runtime takes any scheme off a target": any(({ target }) => /^(?!https?:)[a-z]+:/i.test(target)),
  "sending to a queue never fails for good": any(({ hand_on }) => hand_on?.failed_for_good !== undefined),
  "a ledger begins to send as it claims": any(({ waited_ms }) => waited_ms !== undefined),
  "a ledger releases by forgetting: that neither fails nor takes time":
    any(({ release = "done", late }) => release !== "done" || late === "release"),
  "a commit is a row that is written at once: what takes long behind it takes it not back":
    any(({ commit, late }) => commit?.failed !== undefined && late === "commit"),
  "a commit that takes long has found its claim held": any(({ commit, late }) => commit === "claim_lost" && late === "commit"),
};

export function unsayable(scenario) {
  return Object.keys(UNSAYABLE).find((why) => UNSAYABLE[why](scenario));
}

/** Sends one request of a scenario: its answer, the log lines, and the steps that can be seen. */
export async function receive(worker, scenario, at) {
  const request = scenario.requests[at];
  const settings = settings_of(scenario, request);
  const beside = { ...settings, hurry: 1, script: null };
  const post = (more) => answer_to(() => worker.request({
    method: request.method, target: request.target, headers: headers_of(request), body: body_of(request), ...more,
  }), () => worker.logs_so_far());

  let other;
  const is_left_claimed = scenario.requests.slice(0, at).some(({ commit }) => commit?.failed !== undefined);
  if (request.claim === "in_flight" && !is_left_claimed) {
    // Somebody else is handling it, and ends as the next request finds it.
    const mode = scenario.requests[at + 1]?.claim === "duplicate" ? "held" : "held_then_fail";
    await worker.set({ ...beside, queue: { mode } });
    other = post();
    await waiting(worker, "queue");
  }
  await worker.set(settings);
  await worker.control("GET", "steps");
  const answering = post(sent_in_pieces(request));
  const lines = [];
  if (request.late) {
    await answering;
    lines.push(await worker.log());
  }
  for (const step of settings.script.hold) {
    await waiting(worker, step);
    if (request.commit === "claim_lost" && step !== "claim") {
      // It lapses, somebody else takes it and fails, and so does not have it either.
      await worker.set({ ...beside, now: request.at + LATE_MS / 1000 + LEASE_SECONDS + 1, queue: { mode: "fail" } });
      await post();
      await worker.set(settings);
    }
    const after_ms = step === request.late ? (step === "claim" ? LATE_MS : request.handler_ms ?? LATE_MS) : 0;
    await worker.control("POST", `release?gate=${step}&after_ms=${after_ms}`);
  }
  const answer = await answering;
  while (lines.length < request.expect.lines.length) lines.push(await worker.log());
  const steps = await worker.control("GET", "steps");
  if (other) {
    await worker.control("POST", "release?gate=queue");
    await other;
  }
  return { answer, lines, steps };
}

async function waiting(worker, gate) {
  while (!(await worker.control("GET", `waiting?gate=${gate}`)));
}

function settings_of(scenario, request) {
  const { settings } = scenario;
  const { past, future } = tolerance_of(settings);
  return {
    now: request.at,
    hurry: request.late ? HURRY : 1,
    ledger: { mode: "real", namespace: `${scenario.id} ` },
    env: {
      OVERTEN_WEBHOOK_SECRETS: secrets_of(scenario).map(secret_line).join("\n"),
      TOLERANCE_PAST_SECONDS: past,
      TOLERANCE_FUTURE_SECONDS: future,
      WEBHOOK_PATH: settings.path,
      ...(settings.scope ? { KEY_SCOPE: settings.scope } : {}),
      ...(settings.mismatch ? { MISMATCH_STATUS: String(settings.mismatch) } : {}),
      ...(settings.max_body_bytes ? { MAX_BODY_BYTES: String(settings.max_body_bytes) } : {}),
      ...(settings.retention_seconds ? { RETENTION_SECONDS: String(settings.retention_seconds) } : {}),
    },
    script: script_of(request),
  };
}

/** What the entry makes of the request's steps. */
function script_of(request) {
  const send = request.expect.set_aside ? "set_aside" : "hand_on";
  const hold = new Set(["claim", "hand_on", "set_aside", "commit"].filter((step) => step === request.late));
  if (request.commit === "claim_lost") hold.add(send);
  const outcomes = { claim: request.claim, hand_on: request.hand_on, set_aside: request.set_aside, commit: request.commit };
  const failures = Object.entries(outcomes).filter(([, outcome]) => outcome?.failed !== undefined);
  const lengths = request.headers.filter(is_length).map(({ value }) => value);
  return {
    hold: [...hold],
    take_ms: request.late === send ? {} : { [send]: request.handler_ms ?? 0 },
    fail: Object.fromEntries(failures.map(([step, { failed }]) => [step, failed])),
    broken_off: request.read?.broken_off,
    // HTTP carries the right one alone.
    content_length: lengths.length > 0 && lengths.join() !== String(body_of(request).length) ? lengths : undefined,
  };
}

const is_length = ({ name }) => name.toLowerCase() === "content-length";

function headers_of({ headers }) {
  return headers.filter((header) => !is_length(header)).map(pair);
}

/**
 * The body piece by piece; half of one that is late, and no more than a piece of one that nobody is to read. An empty one has
 * the length that the scenario announces, if any.
 */
function sent_in_pieces(request) {
  const body = body_of(request);
  const unread = request.expect.steps.includes("read_body") ? body.length : PIECE_BYTES;
  const until = request.late === "read_body" ? body.length / 2 : Math.min(unread, body.length);
  const pieces = async function* () {
    for (let at = 0; at < until; at += PIECE_BYTES) {
      yield body.subarray(at, Math.min(at + PIECE_BYTES, until));
      await pause();
    }
  };
  const length = body.length > 0 || request.headers.some(is_length) ? [["Content-Length", String(body.length)]] : [];
  return { headers: [...headers_of(request), ...length], body: pieces(), framing: false };
}

/** A blank line is skipped and a colon ends a label: a secret that is one or holds one is given its default label. */
function secret_line({ label, secret }, at) {
  if (label !== undefined) return `${label}:${secret}`;
  return secret.trim() === "" || secret.includes(":") ? `secret-${at}:${secret}` : secret;
}

function tolerance_of({ tolerance = 300 }) {
  const side = (seconds) => (seconds === null ? "off" : String(seconds));
  const { past = 300, future = 300 } = tolerance === null || typeof tolerance === "number" ? { past: tolerance, future: tolerance } : tolerance;
  return { past: side(past), future: side(future) };
}
