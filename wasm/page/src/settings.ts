import { count, find, utc } from "./dom.ts";
import type { Clock, Settings, Side } from "./messages.ts";
import { SecretsField } from "./secrets_field.ts";

/** What is wrong with a setting, in words for whoever typed it. */
export class SettingsProblem extends Error {}

type Field = HTMLInputElement | HTMLSelectElement;

/** The receiver's settings, as the page's form has them; what each is by default stands in the markup. */
export class SettingsForm {
  readonly others: SecretsField;
  readonly #clock = find<HTMLSelectElement>("#clock");
  readonly #at = find<HTMLInputElement>("#clock-at");
  readonly #past = new SideField("past");
  readonly #future = new SideField("future");
  readonly #limit = find<HTMLInputElement>("#limit");
  /** What was set for the one delivery that is there. */
  readonly #lent = new Map<Field, string>();

  constructor(onChange: () => void) {
    const changed = () => {
      this.redraw();
      onChange();
    };
    this.others = new SecretsField(find("#others"), changed);
    find("#settings").addEventListener("input", changed);
    this.redraw();
  }

  /** Lends what is given, and sets the rest to its default. */
  lend({ at, past, future, limit }: { at?: number; past?: Side; future?: Side; limit?: number }): void {
    const lent = this.#lent;
    for (const field of this.#fields) setValue(field, defaultOf(field));
    lent.clear();
    if (at !== undefined) lent.set(this.#clock, "at").set(this.#at, String(at));
    if (past !== undefined) lent.set(...this.#past.with(past));
    if (future !== undefined) lent.set(...this.#future.with(future));
    if (limit !== undefined) lent.set(this.#limit, String(limit));
    for (const [field, value] of lent) setValue(field, value);
    this.redraw();
  }

  judgeWhenSigned(): void {
    this.#lent.set(this.#clock, "signed");
    this.#clock.value = "signed";
    this.redraw();
  }

  /** Ends what was lent; what somebody has changed since stays. */
  endLoan(): void {
    for (const [field, value] of this.#lent) if (valueOf(field) === value) setValue(field, defaultOf(field));
    this.#lent.clear();
    this.others.endLoan();
    this.redraw();
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

  redraw(): void {
    find("#clock-at-row").hidden = this.#clock.value !== "at";
    const at = time(this.#at.value);
    find("#clock-at-read").textContent = at === null ? "" : utc(at);
    this.#past.redraw();
    this.#future.redraw();
    find("#settings-summary").textContent = this.#unusual().join(", ");
  }

  get #fields(): Field[] {
    return [this.#clock, this.#at, ...this.#past.fields, ...this.#future.fields, this.#limit];
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

  /** Each setting that is not as it is by default, in a few words. */
  #unusual(): string[] {
    const at = this.#clock.value === "at" ? time(this.#at.value) : null;
    const received = at === null ? this.#clock.selectedOptions[0]?.textContent : utc(at);
    const limit = this.#limit.value.trim();
    return [
      isUsual(this.#clock) ? "" : `received ${received}`,
      this.#past.unusual,
      this.#future.unusual,
      isUsual(this.#limit) ? "" : `limit ${/^\d+$/.test(limit) ? count(Number(limit), "byte") : limit}`,
      this.others.isEmpty ? "" : "other secrets",
    ].filter(Boolean);
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

  get fields(): Field[] {
    return [this.#seconds, this.#off];
  }

  get value(): Side {
    return this.#off.checked ? "off" : whole(this.#seconds.value, `The tolerance (${this.#name})`);
  }

  /** The field that makes it this side, and what is to stand there. */
  with(side: Side): [Field, string] {
    return side === "off" ? [this.#off, "true"] : [this.#seconds, String(side)];
  }

  get unusual(): string {
    if (this.#off.checked) return `${this.#name} ${this.#off.labels?.[0]?.textContent.trim()}`;
    return isUsual(this.#seconds) ? "" : `${this.#name} ${this.#seconds.value} s`;
  }

  redraw(): void {
    this.#seconds.disabled = this.#off.checked;
  }
}

function isBox(field: Field): field is HTMLInputElement {
  return field.type === "checkbox";
}

function valueOf(field: Field): string {
  return isBox(field) ? String(field.checked) : field.value;
}

function setValue(field: Field, value: string): void {
  if (isBox(field)) field.checked = value === "true";
  else field.value = value;
}

function defaultOf(field: Field): string {
  if (isBox(field)) return String(field.defaultChecked);
  if (field instanceof HTMLInputElement) return field.defaultValue;
  return [...field.options].find(({ defaultSelected }) => defaultSelected)?.value ?? "";
}

const isUsual = (field: Field) => valueOf(field) === defaultOf(field);

/** A day, or a second of one with its zone. */
const ISO = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/i;

/** Unix seconds of what a person types: digits, or a date as ISO 8601 has it; null where it is neither. */
export function time(text: string): number | null {
  const typed = text.trim();
  if (/^-?\d{1,15}$/.test(typed)) return Number(typed);
  // Any other form means one day here and another there.
  const day = ISO.exec(typed)?.[1];
  if (day === undefined || !isDay(day)) return null;
  const milliseconds = Date.parse(typed);
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}

/** Some engines take the 31st of February for a day in March. */
function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}

function whole(text: string, what: string): number {
  const typed = text.trim();
  if (!/^\d{1,9}$/.test(typed)) throw new SettingsProblem(`${what} is to be a whole number of at most nine digits.`);
  return Number(typed);
}
