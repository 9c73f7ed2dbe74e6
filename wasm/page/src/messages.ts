/** What the page asks its worker, and what comes back. */

import type { CaptureRead, Report } from "overten-webhook/diagnose";

/** When the delivery is taken to have been received. */
export type Clock =
  { is: "captured"; elseNow: number } | { is: "signed"; elseNow: number } | { is: "at"; seconds: number };

/** A side of the tolerance, in seconds or switched off. */
export type Side = number | "off";

export interface Settings {
  clock: Clock;
  past: Side;
  future: Side;
  maxBodyBytes: number;
}

/** A file that a command names: of two commands, each may mean another by one name. */
export interface BodyFile {
  /** Which of the deliveries that the capture holds. */
  pick: number;
  name: string;
}

export interface Explain {
  ask: "explain";
  capture: Uint8Array;
  /** Which of the deliveries that the capture holds. */
  pick: number;
  /** What such a file holds, if that was given. */
  file: (BodyFile & { content: Uint8Array }) | undefined;
  /** Lines of secrets. */
  secrets: Uint8Array;
  others: Uint8Array;
  settings: Settings;
}

export interface Sign {
  ask: "sign";
  /** Lines of secrets, of which the first signs. */
  secret: Uint8Array;
  seconds: number;
  body: Uint8Array;
}

/** A delivery that the capture holds, as a person picks it. */
export interface Found {
  form: CaptureRead["form"];
  method: string | undefined;
  target: string | undefined;
  /** In Unix seconds. */
  receivedAt: number | undefined;
}

export interface Explanation {
  found: Found[];
  /** The file that the capture names. */
  file: BodyFile | undefined;
  report: Report;
  /** The clock that it was looked at with, and where that is from. */
  now: number;
  clockFrom: "captured" | "now" | "signed" | "at";
}

export interface Signed {
  /** The two signed headers, by name. */
  headers: Record<string, string>;
  /** What a receiver with this secret says of it at that second. */
  report: Report;
}

export type Asked<Q> = Q extends Explain ? Explanation : Signed;

/** What the worker posts: what was asked for, or what is wrong with what was given. */
export type Reply = { value: Explanation | Signed } | { problem: string };
