// A million verifications in one process, with what its memory was before and after.

import process from "node:process";
import { sign, Verifier, WebhookError } from "overten-webhook";
import { core } from "./node_modules/overten-webhook/esm/core.js";

const SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const now = 1_760_000_000;
const signed = (text) => {
  const body = Buffer.from(text);
  return { body, headers: sign(body, SECRET, { now }) };
};
const good = signed('{"event":"run.completed","run_id":"run_01","summary":"\u00e9\\n"}');
const unreadable = signed('{"event":7}');
const large = signed(JSON.stringify({ event: "run.failed", run_id: "r", summary: "x".repeat(1_000_000) }));
const verifier = new Verifier(SECRET);

let verified = 0;
function some(times) {
  for (let at = 0; at < times; at += 1) {
    const { body, headers } = at % 10_000 === 0 ? large : at % 10 === 0 ? unreadable : good;
    const delivery = verifier.verify(body, headers, { now });
    try {
      delivery.event();
    } catch (error) {
      if (body !== unreadable.body) throw error;
    }
    if (at % 100 === 0) refuse(body);
    if (at % 1000 === 0) new Verifier([SECRET, "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="]).free();
    verified += 1;
  }
}

function refuse(body) {
  try {
    verifier.verify(body, {}, { now });
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
  }
}

const measured = () => {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { module: core.instance.memory.buffer.byteLength, heap: heapUsed, others: arrayBuffers };
};

some(50_000);
const before = measured();
verified = 0;
some(1_000_000);
const after = measured();
const both = (name) => ({ before: before[name], after: after[name] });
console.log(JSON.stringify({ verified, module: both("module"), heap: both("heap"), others: both("others") }));
