/** The worker: what the core says of what the page was given. Nothing is decided here. */

import { secretsFromLines, sign } from "overten-webhook";
import { type CaptureRead, diagnose, readCapture } from "overten-webhook/diagnose";
import type { Clock, Explain, Explanation, Reply, Sign, Signed } from "./messages.ts";

addEventListener("message", ({ data }: MessageEvent<Explain | Sign>) => {
  let reply: Reply;
  try {
    reply = { value: data.ask === "explain" ? explain(data) : signed(data) };
  } catch (error) {
    reply = { problem: error instanceof Error ? error.message : String(error) };
  }
  postMessage(reply);
});

function explain({ capture, pick, file, secrets, others, settings }: Explain): Explanation {
  const read = (content?: Uint8Array) => {
    const captures = readCapture(capture, { file: content });
    return { captures, chosen: captures[Math.min(pick, captures.length - 1)] as CaptureRead };
  };
  const asItStands = read();
  const name = asItStands.chosen.bodyFile;
  const isFor = file !== undefined && file.pick === pick && file.name === name;
  const { captures, chosen } = isFor ? read(file.content) : asItStands;
  const { past, future, maxBodyBytes } = settings;
  const rest = { otherSecrets: secretsFromLines(others), tolerance: { past, future }, maxBodyBytes };
  const look = (now: number) => diagnose(chosen, secretsFromLines(secrets), { now, ...rest });
  const { now, from } = clock(settings.clock, chosen, look);
  const report = look(now);
  const found = captures.map(({ form, method, target, receivedAt }) => ({ form, method, target, receivedAt }));
  return { found, file: name === undefined ? undefined : { pick, name }, report, now, clockFrom: from };
}

function clock(clock: Clock, capture: CaptureRead, look: (now: number) => Explanation["report"]) {
  if (clock.is === "at") return { now: clock.seconds, from: "at" as const };
  if (clock.is === "captured") {
    const { receivedAt } = capture;
    return receivedAt === undefined
      ? { now: clock.elseNow, from: "now" as const }
      : { now: receivedAt, from: "captured" as const };
  }
  const { timestamp } = look(clock.elseNow).facts;
  return timestamp === null
    ? { now: clock.elseNow, from: "now" as const }
    : { now: timestamp, from: "signed" as const };
}

function signed({ secret, seconds, body }: Sign): Signed {
  const secrets = secretsFromLines(secret);
  const headers = { ...sign(body, secrets, { now: seconds }) };
  return { headers, report: diagnose({ headers, body }, secrets, { now: seconds }) };
}
