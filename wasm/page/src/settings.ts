import { find, utc } from "./dom.ts";
import type { Clock, Settings, Side } from "./messages.ts";

/** Tolerance in seconds and body limit in bytes as a verifier has them by default (SPEC sections 2 and 3). */
const DEFAULTS = { past: 300, future: 300, limit: 1_048_576 };

/** What is wrong with a setting, in words for whoever typed it. */
export class SettingsProblem extends Error {}

/** The receiver's settings, as the page's form has them. */
export class SettingsForm {
  readonly #clock = find<HTMLSelectElement>("#clock");
  readonly #at = find<HTMLInputElement>("#clock-at");
  readonly #past = new SideField("past");
  readonly #future = new SideField("future");
  readonly #limit = find<HTMLInputElement>("#limit");

  constructor(onChange: () => void) {
    this.set({});
    find("#settings").addEventListener("input", () => {
      this.#redraw();
      onChange();
    });
  }

  /** Sets what is given, and the rest to its default. */
  set({ at, past, future, limit }: { at?: number; past?: Side; future?: Side; limit?: number }): void {
    this.#clock.value = at === undefined ? "captured" : "at";
    this.#at.value = at === undefined ? "" : String(at);
    this.#past.value = past ?? DEFAULTS.past;
    this.#future.value = future ?? DEFAULTS.future;
    this.#limit.value = String(limit ?? DEFAULTS.limit);
    this.#redraw();
  }

  judgeWhenSigned(): void {
    this.#clock.value = "signed";
    this.#redraw();
  }

  /** Throws a SettingsProblem. */
  read(now: number): Settings {
    return {
      clock: this.#readClock(now),
      past: this.#past.value,
      future: this.#future.value,
      maxBodyBytes: whole(this.#limit.value, "The body limit"),
    };
  }

  #readClock(now: number): Clock {
    const is = this.#clock.value;
    if (is === "now") return { is: "at", seconds: now };
    if (is === "captured" || is === "signed") return { is, elseNow: now };
    const seconds = time(this.#at.value);
    if (seconds === null)
      throw new SettingsProblem("The time is to be Unix seconds, or a date such as 2026-01-31T12:00:00Z.");
    return { is: "at", seconds };
  }

  #redraw(): void {
    find("#clock-at-row").hidden = this.#clock.value !== "at";
    const at = time(this.#at.value);
    find("#clock-at-read").textContent = at === null ? "" : utc(at);
    this.#past.redraw();
    this.#future.redraw();
    const chosen = this.#clock.selectedOptions[0]?.textContent ?? "";
    const received = this.#clock.value === "at" && at !== null ? utc(at) : chosen;
    find("#settings-summary").textContent = this.#clock.value === "captured" ? "" : `received ${received}`;
  }
}

/** A side of the tolerance: a number of seconds, or switched off. */
class SideField {
  readonly #name: string;
  readonly #seconds: HTMLInputElement;
  readonly #off: HTMLInputElement;

  constructor(name: string) {
    this.#name = name;
    this.#seconds = find<HTMLInputElement>(`#${name}`);
    this.#off = find<HTMLInputElement>(`#${name}-off`);
  }

  get value(): Side {
    return this.#off.checked ? "off" : whole(this.#seconds.value, `The tolerance (${this.#name})`);
  }

  set value(seconds: Side) {
    this.#off.checked = seconds === "off";
    if (seconds !== "off") this.#seconds.value = String(seconds);
  }

  redraw(): void {
    this.#seconds.disabled = this.#off.checked;
  }
}

/** A day, or a second of one with its zone. */
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/i;

/** Unix seconds of what a person types: digits, or a date as ISO 8601 has it; null where it is neither. */
export function time(text: string): number | null {
  const typed = text.trim();
  if (/^-?\d{1,15}$/.test(typed)) return Number(typed);
  // Any other form means one day here and another there.
  if (!ISO.test(typed)) return null;
  const milliseconds = Date.parse(typed);
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}

function whole(text: string, what: string): number {
  const typed = text.trim();
  if (!/^\d{1,9}$/.test(typed)) throw new SettingsProblem(`${what} is to be a whole number of at most nine digits.`);
  return Number(typed);
}
