import { type Event, idempotencyKey, sign, Verifier, WebhookError } from "overten-webhook";
import { diagnose, type Report } from "overten-webhook/diagnose";

const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const body = new TextEncoder().encode('{"event":"run.completed","run_id":"run_01"}');

function said(event: Event): string {
  switch (event.kind) {
    case "run_completed":
      return `${event.runId} completed`;
    case "run_failed":
      return `${event.runId} failed: ${event.error?.code ?? "no code"}`;
    case "other":
      return `${event.runId} ${event.name}`;
    default: {
      const none: never = event;
      return none;
    }
  }
}

using verifier = new Verifier([{ label: "subscription", secret }], { tolerance: { past: 600, future: "off" } });
const signed = sign(body, secret, { now: 1_760_000_000 });
const forms = [signed, new Headers(Object.entries(signed)), Object.entries(signed), Object.entries(signed).flat(), new Map(Object.entries(signed))];
let event: Event | undefined;
for (const headers of forms) event = verifier.verify(body, headers, { now: new Date(1_760_000_000_000) }).event();
if (!event || idempotencyKey(event, "task").length !== 69) throw new Error("no event, or another key");

try {
  verifier.verify(body.subarray(1), signed, { now: 1_760_000_000 });
} catch (error) {
  if (!(error instanceof WebhookError) || error.code !== "signature_mismatch" || error.status !== 401) throw error;
}
const report: Report = diagnose({ headers: signed, body, receivedAt: 1_760_000_000 }, secret);
if (report.outcome !== "verifies") throw new Error(report.text);
console.log(said(event));
