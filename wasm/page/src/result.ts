/** Draws what a diagnosis came to. Its words are the core's; none of them is decided here. */

import type { Report } from "overten-webhook/diagnose";
import { copyButton, count, make, sentence, utc } from "./dom.ts";
import type { Explanation } from "./messages.ts";

export type Tone = "none" | "unsure" | "good" | "known" | "bad";

/** The verdict in a few words, what stands below it, and the tone that goes with both. */
export interface Verdict {
  tone: Tone;
  text: string;
  more: string;
}

export function verdict({ report }: Explanation): Verdict {
  const { outcome, code, causes, answer, answer_detail: why } = report;
  if (code === "no_secrets") return { tone: "none", text: "Now the secret", more: "The delivery can be read." };
  if (outcome === "verifies" && answer === "quarantined") {
    const more = `A receiver sets this delivery aside and hands no event on: ${why}.`;
    return { tone: "unsure", text: "It verifies, but is no event", more };
  }
  if (outcome === "verifies" && answer !== "accepted") {
    return { tone: "unsure", text: "It verifies, but is not taken", more: `A receiver answers ${answer}: ${why}.` };
  }
  if (outcome === "verifies") return { tone: "good", text: "It verifies", more: "A receiver takes this delivery." };
  if (report.lacks.length > 0) {
    const more = report.beginning ?? "The capture does not hold all of the delivery.";
    return { tone: "unsure", text: "It cannot be proven", more };
  }
  const text = "It does not verify";
  if (outcome === "unexplained") return { tone: "bad", text, more: "Nothing that was tried makes this signature." };
  const things = causes.length === 1 ? "One thing is wrong" : `${causes.length} things are wrong`;
  return {
    tone: "known",
    text,
    more: `${things}. With ${causes.length === 1 ? "it" : "them"} undone, the signature is right.`,
  };
}

/** What a screen reader is told: the verdict, and what was found. */
export function announcement(explanation: Explanation): string {
  const { lacks, causes, suspicions } = explanation.report;
  const { text, more } = verdict(explanation);
  const found = [...lacks, ...causes, ...suspicions].map(({ what }) => what);
  return [`${text}.`, more, ...found].join(" ");
}

/** All that is below the verdict. */
export function drawn(explanation: Explanation, judgeWhenSigned: () => void): Node[] {
  const { report } = explanation;
  const { outcome, causes, lacks } = report;
  const parts: Node[] = [];
  if (lacks.length > 0) parts.push(missing(lacks));
  const suspicions = report.suspicions.filter(({ suspicion }) => suspicion !== "no_secret");
  const isOfTime =
    causes.some(({ cause }) => OF_TIME.includes(cause)) ||
    suspicions.some(({ suspicion }) => OF_TIME.includes(suspicion));
  if (isOfTime && explanation.clockFrom === "now") parts.push(aboutTheClock(judgeWhenSigned));
  if (causes.length > 0) parts.push(findings("What to change", causes.map(named("cause"))));
  if (suspicions.length > 0)
    parts.push(findings("What looks wrong, without a proof", suspicions.map(named("suspicion"))));
  if (report.code !== "no_secrets" && outcome !== "verifies") parts.push(said(report));
  parts.push(facts(explanation));
  return parts;
}

/** What a clock alone brings about. */
const OF_TIME = ["timestamp_too_old", "clock"];

function said({ outcome, code, detail, macs, tried, complete }: Report): HTMLElement {
  const text = make(
    "p",
    { class: "said" },
    "A receiver says ",
    make("code", {}, code),
    ": ",
    ...sentence(detail.replace(/[^.?!]$/, "$&.")),
  );
  if (outcome === "unexplained" && macs > 0) {
    const end = complete ? "." : "; the search ended at its bound: try it with one secret, or a shorter delivery.";
    text.append(` ${count(macs, "MAC")} were computed, under ${count(tried.length, "kind")} of changes${end}`);
  }
  return text;
}

interface Finding {
  word: string;
  what: string;
  change: string;
}

function named<K extends "cause" | "suspicion" | "lack">(key: K) {
  return (entry: Record<K | "what" | "change", string>): Finding => ({
    word: entry[key],
    what: entry.what,
    change: entry.change,
  });
}

/** Findings in a row that are mended by the same change stand above it together. */
function findings(title: string, all: Finding[]): HTMLElement {
  const list = make("ol", { class: "findings" });
  for (let at = 0; at < all.length;) {
    const change = (all[at] as Finding).change;
    const item = make("li");
    for (; all[at]?.change === change; at += 1) {
      const { word, what } = all[at] as Finding;
      item.append(make("h4", {}, ...sentence(what)), make("code", { class: "word" }, word));
    }
    item.append(make("p", {}, ...sentence(change)));
    list.append(item);
  }
  return make("section", {}, make("h3", {}, title), list);
}

function missing(lacks: Report["lacks"]): HTMLElement {
  const section = findings("What the capture does not hold", lacks.map(named("lack")));
  section.dataset.lacks = "";
  return section;
}

function aboutTheClock(judgeWhenSigned: () => void): HTMLElement {
  return make(
    "p",
    { class: "aside" },
    "The capture does not say when it was received, so it is judged as if it came now. ",
    make("button", { type: "button", class: "quiet", click: judgeWhenSigned }, "Judge it at the second it was signed"),
  );
}

function facts({ report, now, clockFrom }: Explanation): HTMLElement {
  const { facts } = report;
  const list = make("dl");
  const row = (name: string, value: string | null, isCode = false) => {
    if (value === null) return;
    list.append(make("div", {}, make("dt", {}, name), make("dd", {}, isCode ? make("code", {}, value) : value)));
  };
  row("body", count(facts.body_bytes, "byte"));
  row("its SHA-256", facts.body_sha256, true);
  row("Content-Length", facts.content_length === null ? null : String(facts.content_length));
  row("X-Overten-Signature", facts.signature_bytes === null ? "not there" : count(facts.signature_bytes, "byte"));
  row("X-Overten-Timestamp", facts.timestamp === null ? "not there" : `${facts.timestamp}, ${utc(facts.timestamp)}`);
  row("judged at", `${now}, ${CLOCKS[clockFrom]}${distance(facts.skew_seconds)}`);
  row("event", facts.event, true);
  row("run_id", facts.run_id, true);
  row("task_id", facts.task_id, true);
  for (const { label, configured, fingerprint, code } of facts.secrets) {
    const parts = [fingerprint ? `fingerprint ${fingerprint}` : `refused: ${code}`];
    if (!configured) parts.push("not the receiver's");
    if (label === report.secret) parts.push("made the signature");
    row(label, parts.join(", "));
  }
  const head = make("div", { class: "facts-head" }, make("h3", {}, "Facts for support"));
  head.append(copyButton("Copy the report", () => report.text));
  return make(
    "section",
    { class: "facts" },
    head,
    list,
    make("p", { class: "hint" }, "They hold no secret and no signature."),
  );
}

const CLOCKS = {
  captured: "as the capture says",
  now: "now",
  signed: "the second it was signed",
  at: "as set",
};

function distance(skew: number | null): string {
  if (skew === null || skew === 0) return "";
  const seconds = Math.abs(skew);
  const [length, unit] = UNITS.findLast(([length]) => seconds >= 2 * length) ?? [1, "second"];
  return `: ${count(Math.floor(seconds / length), unit)} ${skew > 0 ? "after" : "before"} the timestamp`;
}

const UNITS: [length: number, unit: string][] = [
  [1, "second"],
  [60, "minute"],
  [3600, "hour"],
  [86_400, "day"],
];
