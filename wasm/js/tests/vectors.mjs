// The shared vectors, in whatever host this module runs: it imports nothing, and is given the package and the files' texts.

/** What came of each file: how many cases ran, how many the host cannot say, and those that were judged wrongly. */
export function run_all({ api, diagnose }, texts) {
  return {
    deliveries: run_deliveries(api, parsed(texts.deliveries)),
    details: run_details(api, parsed(texts.details)),
    diagnoses: run_diagnoses(diagnose, parsed(texts.diagnose)),
    codes: run_codes(api, parsed(texts.codes), parsed(texts.deliveries)),
  };
}

/** JSON whose clocks are bigints where a double would round them: these names stand nowhere else but as numbers. */
function parsed(text) {
  const quoted = text.replace(/("(?:now|age|timestamp)": ?)(-?\d{16,})/g, '$1"$2n"');
  return JSON.parse(quoted, (_, value) => (typeof value === "string" && /^-?\d{16,}n$/.test(value) ? BigInt(value.slice(0, -1)) : value));
}

function run_deliveries(api, { cases, count }) {
  const wrong = cases.filter((each) => !agrees(api, each)).map(({ id }) => id);
  return { ran: cases.length, count, wrong, canaries: canaries(api, cases) };
}

/** How many flipped cases failed, as all three must. */
function canaries(api, cases) {
  const verified = cases.find(({ expect }) => expect.event);
  const rejected = cases.find(({ expect }) => expect.result === "rejected");
  const flipped = [
    verified && { ...verified, expect: { result: "rejected", code: "signature_mismatch", status: 401, retryable: false } },
    verified && { ...verified, expect: { ...verified.expect, key: "run.completed:another" } },
    rejected && { ...rejected, expect: { ...rejected.expect, code: "body_too_large" } },
  ].filter(Boolean);
  return { flipped: flipped.length, failed: flipped.filter((each) => !agrees(api, each)).length };
}

function agrees(api, each) {
  const got = outcome(api, each);
  const { retryable, ...expect } = each.expect;
  if (retryable === undefined) delete got.retryable;
  else expect.retryable = retryable;
  return same(got, rounded(expect));
}

/** An age beyond 2^53, which only a clock given as a bigint can make, comes as the nearest double. */
function rounded(expect) {
  return Object.fromEntries(Object.entries(expect).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]));
}

export function outcome(api, each) {
  let verifier;
  try {
    verifier = new api.Verifier(each.secrets, settings_of(each));
  } catch (error) {
    return { result: "refused", code: error.code, status: error.status };
  }
  try {
    return verdict(api, verifier, each);
  } finally {
    verifier.free();
  }
}

function verdict(api, verifier, each) {
  const body = body_of(each);
  let delivery;
  try {
    delivery = verifier.verify(body, headers_of(each), { now: each.now });
  } catch (error) {
    if (!(error instanceof api.WebhookError)) throw error;
    const { code, status, retryable, age } = error;
    return { result: "rejected", code, status, retryable, ...(age === undefined ? {} : { age }) };
  }
  const verified = { result: "verified", status: 200, secret: delivery.secretIndex };
  if (delivery.secretLabel !== `secret-${verified.secret}` || !same([...delivery.body], [...body])) return { result: "wrong" };
  let event;
  try {
    event = delivery.event();
  } catch (error) {
    if (error.status !== 200) return { result: "wrong" };
    return { ...verified, payload: error.code, key: delivery.bodyKey(), task_key: delivery.bodyKey() };
  }
  if (!same([...event.raw], [...body]) || !same(fields_of(api.readStored(body)), fields_of(event))) return { result: "wrong" };
  return {
    ...verified,
    timestamp: delivery.timestamp,
    age: delivery.age,
    event: fields_of(event),
    key: api.idempotencyKey(event),
    task_key: api.idempotencyKey(event, "task"),
  };
}

/** An event's fields under the names that the vectors have. */
function fields_of({ name, ...event }) {
  const fields = Object.entries(event).map(([camel, value]) => [camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]);
  return { event: name, ...Object.fromEntries(fields) };
}

function settings_of({ tolerance, max_body_bytes: maxBodyBytes }) {
  const side = (seconds) => (seconds === null ? "off" : seconds);
  const is_one = tolerance === null || typeof tolerance !== "object";
  const sides = is_one ? side(tolerance) : Object.fromEntries(Object.entries(tolerance).map(([name, seconds]) => [name, side(seconds)]));
  return { ...(tolerance === undefined ? {} : { tolerance: sides }), ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }) };
}

/** As Node gives them: a byte is a character. */
function headers_of({ headers }) {
  return headers.map(({ name, value, value_hex }) => [name, value_hex === undefined ? value : latin1(bytes_of_hex(value_hex))]);
}

function body_of({ body, body_hex, body_spaces = 0 }) {
  const bytes = body_hex === undefined ? new TextEncoder().encode(body ?? "") : bytes_of_hex(body_hex);
  const padded = new Uint8Array(bytes.length + body_spaces).fill(0x20);
  padded.set(bytes);
  return padded;
}

const latin1 = (bytes) => String.fromCharCode(...bytes);
const bytes_of_hex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));

function run_details(api, { fingerprints, labels, signing, members }) {
  const wrong = [];
  const check = (is_right, each) => is_right || wrong.push(each);
  for (const each of fingerprints) check(new api.Verifier(each.secret).secrets[0].fingerprint === each.fingerprint, each);
  for (const each of labels) check(labels_code(api, each) === each.code, each);
  for (const each of signing) check(signed(api, each), each);
  for (const each of members) check((api.readStored(body_of(each)).members[each.name] ?? null) === each.json, each);
  return { ran: fingerprints.length + labels.length + signing.length + members.length, wrong: wrong.map((each) => Object.values(each).map(String).join(" ")) };
}

function labels_code(api, { labels }) {
  const good = (at) => `whsec_${String(at).padStart(32, "0")}`;
  try {
    const verifier = new api.Verifier(labels.map((label, at) => (label === null ? good(at) : { label, secret: good(at) })));
    const shown = verifier.secrets.map(({ label }) => label);
    return same(shown, labels.map((label, at) => label ?? `secret-${at}`)) ? null : "wrong";
  } catch (error) {
    return error.code;
  }
}

function signed(api, each) {
  const given = each.secret_hex === undefined ? each.secret : bytes_of_hex(each.secret_hex);
  try {
    const headers = api.sign(body_of(each), given, { now: each.timestamp });
    return headers["X-Overten-Signature"] === each.signature && headers["X-Overten-Timestamp"] === String(each.timestamp);
  } catch (error) {
    return each.refused === true && error instanceof api.WebhookError;
  }
}

function run_diagnoses({ diagnose }, { cases, count, causes, suspicions }) {
  const wrong = [];
  const said = { causes: new Set(), suspicions: new Set() };
  for (const each of cases) {
    const capture = { headers: headers_of(each), body: body_of(each), receivedAt: each.now };
    const secret = ({ label, secret, secret_hex }) => ({ ...(label === undefined ? {} : { label }), secret: secret ?? bytes_of_hex(secret_hex) });
    const otherSecrets = each.others.map(secret);
    const report = diagnose(capture, each.secrets.map(secret), { ...settings_of(each), otherSecrets });
    const got = {
      outcome: report.outcome,
      code: report.code,
      ...(report.secret === null ? {} : { secret: report.secret }),
      causes: report.causes.map(({ cause }) => cause),
      lacks: report.lacks.map(({ lack }) => lack),
      ...(report.begins_as_signed_with === null ? {} : { begins_as_signed_with: report.begins_as_signed_with }),
      suspicions: report.suspicions.map(({ suspicion }) => suspicion),
      answer: report.answer,
    };
    got.causes.forEach((cause) => said.causes.add(cause));
    got.suspicions.forEach((suspicion) => said.suspicions.add(suspicion));
    if (!same(without_nulls(each.expect), got) || !report.text) wrong.push(each.id);
  }
  const unsaid = [...causes.filter((cause) => !said.causes.has(cause)), ...suspicions.filter((suspicion) => !said.suspicions.has(suspicion))];
  return { ran: cases.length, count, wrong: [...wrong, ...unsaid] };
}

const without_nulls = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));

/** Every code that this package can throw, with the status that the catalogue gives it. */
function run_codes(api, { codes, count }, { cases }) {
  const thrown = new Map();
  const note = ({ code, status, retryable }) => thrown.set(code, { status, retryable });
  for (const each of cases) {
    try {
      const delivery = new api.Verifier(each.secrets, settings_of(each)).verify(body_of(each), headers_of(each), { now: each.now });
      delivery.event();
    } catch (error) {
      note(error);
    }
  }
  for (const wrong of [() => new api.Verifier([{ label: "", secret: "whsec_0123456789abcdef" }]), () => new api.Verifier("x", { maxBodyBytes: -1 })]) {
    try {
      wrong();
    } catch (error) {
      note(error);
    }
  }
  const wrong = codes.filter(({ code, status, retryable }) => thrown.has(code) && !same(thrown.get(code), { status, retryable }));
  return { ran: codes.length, count, wrong: wrong.map(({ code }) => code), thrown: [...thrown.keys()].sort() };
}

export function same(one, other) {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name in other && same(one[name], other[name]));
}
