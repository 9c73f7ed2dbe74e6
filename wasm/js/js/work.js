// One request: where it stands, in the core's own bytes, and what one step leaves for the next.

import { kind_of } from "./bytes.js";
import { core } from "./core.js";
import { delivery_of } from "./delivery.js";
import { is_permanent, words } from "./functions.js";
import { shown, values_of } from "./headers.js";

const encoder = new TextEncoder();

/** A clock that counts milliseconds and does not go back. */
export const now_ms = () => performance.now();

export class Work {
  #keyed;
  #asked;
  #plain;
  #whys = [];
  #is_over = false;

  key;
  delivery;
  /** Why the delivery is set aside: that it cannot be read, or the handler's PermanentFailure. */
  reason;
  event;
  token = token();

  /** Throws a TypeError where a part of the request is none. */
  constructor(keyed, { method, target, headers }) {
    this.#keyed = keyed;
    this.#asked = [text_of("method", method), text_of("target", target?.href ?? target), ...values_of(headers)];
  }

  begin() {
    this.#plain = core.call(() => this.#keyed.reception.begin(...this.#asked, now_ms()));
  }

  /** What is to be done: `read_body`, `claim`, `hand_on`, `set_aside`, `commit`, `release` or `answer`. */
  get asked() {
    return this.#standing.asked;
  }

  /** Whether it was answered for good before its body was there, so that nothing more is to be done. */
  get is_over() {
    return this.#is_over;
  }

  /** How long the sender can still be kept waiting, in milliseconds; undefined where nothing is waited for. */
  get time_left_ms() {
    const { answerByMs } = this.#standing;
    return answerByMs === undefined ? undefined : Math.max(0, answerByMs - now_ms());
  }

  get max_body_bytes() {
    return this.#standing.maxBodyBytes;
  }

  get #standing() {
    return JSON.parse(core.call((instance) => instance.standing(this.#plain)));
  }

  /** The body is there, or one byte more of it than is taken. */
  whole(body, now) {
    const { plain, key, record, kept } = core.call(() => this.#keyed.whole(this.#plain, body, now));
    this.#plain = plain;
    if (record === undefined) return;
    this.key = key;
    this.delivery = delivery_of(record, kept);
    try {
      this.event = this.delivery.event();
    } catch (error) {
      this.reason = error;
    }
  }

  broken_off(error) {
    this.#because(error);
    this.say("broken_off");
  }

  /** Says what came of the step: `new`, `duplicate` or `in_flight` of a claim, `done` or `claim_lost`. */
  say(outcome, asked_at_ms = 0) {
    this.#plain = core.call((instance) => instance.advance(this.#plain, outcome, asked_at_ms, now_ms()));
  }

  failed(error) {
    const is_for_good = is_permanent(error);
    if (is_for_good) this.reason = error;
    this.#because(error);
    this.say(is_for_good ? "failed_for_good" : "failed");
  }

  /**
   * What to answer and log while the step goes on; undefined where the sender has its answer, or is about to get it.
   */
  late() {
    const late = core.call((instance) => instance.late(this.#plain));
    const behind = 1 + late[0];
    const end = late[0] > 0 ? this.#end_of(late.subarray(1, behind)) : undefined;
    this.#is_over = late.length === behind;
    if (!this.#is_over) this.#plain = late.subarray(behind);
    return end;
  }

  /** What to log and, unless that was done, to answer. */
  end() {
    return this.#end_of(this.#plain);
  }

  #end_of(plain) {
    const { name, runId, taskId } = this.event ?? {};
    const named = [name, runId, taskId].map((text) => text && shown(text));
    const whys = this.#whys;
    const all = new Uint8Array(whys.reduce((sum, why) => sum + why.length, 0));
    let at = 0;
    for (const why of whys) {
      all.set(why, at);
      at += why.length;
    }
    const lengths = Int32Array.from(whys.flatMap((why) => [-1, why.length]));
    return JSON.parse(core.call(() => this.#keyed.reception.end(plain, ...named, all, lengths, now_ms())));
  }

  #because(error) {
    this.#whys.push(encoder.encode(words(error)));
  }
}

/** What is no text would count as a fault of the core itself, or as what somebody sent. */
function text_of(name, part) {
  if (typeof part === "string") return shown(part);
  throw new TypeError(`${name} must be a string, not ${kind_of(part)}`);
}

function token() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
