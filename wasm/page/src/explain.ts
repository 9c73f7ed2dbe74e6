/** The side of the page that explains a delivery. */

import { Announcement } from "./announcement.ts";
import { BytesField } from "./bytes_field.ts";
import { count, find, make, utc } from "./dom.ts";
import type { Engine } from "./engine.ts";
import type { BodyFile, Explanation, Found } from "./messages.ts";
import { Pause } from "./pause.ts";
import { Problem } from "./problem.ts";
import { announcement, drawn, type Verdict, verdict } from "./result.ts";
import type { Sample } from "./samples.ts";
import { SecretsField } from "./secrets_field.ts";
import { SettingsForm, SettingsProblem } from "./settings.ts";

/** After so long without an answer the page says that it is at work. */
const SLOW_MILLISECONDS = 500;

const LOOKING: Verdict = { tone: "none", text: "Looking", more: "A long body takes a while." };

const NOTHING_YET: Verdict = {
  tone: "none",
  text: "Paste a delivery",
  more: "And the secret that should have signed it.",
};

export class Explain {
  readonly capture: BytesField;
  readonly #engine: Engine;
  readonly #file: BytesField;
  readonly #secrets: SecretsField;
  readonly #settings: SettingsForm;
  readonly #pick = find<HTMLSelectElement>("#capture-pick");
  readonly #welcome: () => Node[];
  readonly #pause = new Pause(find("#result"), find("#verdict-text"), () => this.#look());
  readonly #announcement = new Announcement(find("#announcement"));
  /** What the field for a file is for. */
  #fileOf: BodyFile | undefined;
  #slow = 0;
  /** An answer to what was asked in an earlier round is nobody's any more. */
  #round = 0;

  /** `welcome` draws what stands in the result's place while there is nothing to look at. */
  constructor(engine: Engine, welcome: () => Node[]) {
    this.#engine = engine;
    this.#welcome = welcome;
    const changed = () => this.#pause.begin();
    this.capture = new BytesField(find("#capture"), (isWhole) => {
      this.#pick.value = "0";
      if (isWhole) this.#endLoans();
      changed();
    });
    this.#file = new BytesField(find("#body-file"), changed);
    this.#secrets = new SecretsField(find("#secrets"), changed);
    this.#settings = new SettingsForm(changed);
    this.#pick.addEventListener("change", changed);
    this.#draw(NOTHING_YET, welcome(), "");
  }

  /** Looks again at what stands there: a browser that comes back to the page may have changed it. */
  again(): void {
    this.#settings.redraw();
    this.#pause.begin();
  }

  /** Fills the form with a sample. */
  show({ capture, secrets, others, settings }: Sample): void {
    this.#secrets.lend(secrets.join("\n"));
    this.#settings.others.lend(others.join("\n"));
    this.#settings.lend(settings);
    this.#file.clear();
    this.capture.lend(capture);
    // What was pressed may be gone.
    find("#verdict-text").focus();
  }

  /** Fills the form with a delivery that was signed here. */
  showSigned(capture: Uint8Array<ArrayBuffer>, secret: Uint8Array<ArrayBuffer>): void {
    this.#secrets.set("A secret", secret);
    this.#settings.others.clear();
    this.#settings.lend({});
    this.#file.clear();
    this.capture.set("What was signed here", capture);
  }

  /** What a sample brought, or a button set for one delivery, says nothing of another. */
  #endLoans(): void {
    this.#file.clear();
    for (const loan of [this.capture, this.#secrets, this.#settings]) loan.endLoan();
  }

  async #look(): Promise<void> {
    const round = (this.#round += 1);
    if (this.capture.isEmpty) {
      this.#read([]);
      this.#draw(NOTHING_YET, this.#welcome(), "");
      return;
    }
    try {
      const settings = this.#settings.read(Math.floor(Date.now() / 1000));
      find("#settings-problem").textContent = "";
      clearTimeout(this.#slow);
      this.#slow = setTimeout(() => this.#say(LOOKING), SLOW_MILLISECONDS);
      const explanation = await this.#engine.ask({
        ask: "explain",
        capture: this.capture.bytes,
        pick: Number(this.#pick.value || 0),
        file: this.#fileOf && !this.#file.isEmpty ? { ...this.#fileOf, content: this.#file.bytes } : undefined,
        secrets: this.#secrets.bytes,
        others: this.#settings.others.bytes,
        settings,
      });
      if (round === this.#round) this.#explained(explanation);
    } catch (error) {
      if (round !== this.#round) return;
      if (error instanceof SettingsProblem) this.#unset(error.message);
      else if (error instanceof Problem) this.#unreadable(error.message);
      else throw error;
    }
  }

  #explained(explanation: Explanation): void {
    const { found, report } = explanation;
    this.#read(found, report.facts);
    this.#offerFile(explanation.file);
    const judge = () => {
      this.#settings.judgeWhenSigned();
      find("#verdict-text").focus();
      this.#pause.begin();
    };
    this.#draw(verdict(explanation), drawn(explanation, judge), announcement(explanation));
  }

  /** The field for the file that the capture names; what is in it was given for this file, and goes with it. */
  #offerFile(file: BodyFile | undefined): void {
    if (file?.pick !== this.#fileOf?.pick || file?.name !== this.#fileOf?.name) this.#file.clear();
    this.#fileOf = file;
    find("#body-file").hidden = file === undefined;
    find("#body-file-name").textContent = file?.name ?? "";
  }

  #unset(message: string): void {
    find("#settings-problem").textContent = message;
    this.#draw({ tone: "none", text: "Look at the settings", more: message }, [], message);
  }

  #unreadable(message: string): void {
    this.#read([]);
    const verdict: Verdict = { tone: "unsure", text: "This cannot be read", more: message };
    this.#draw(verdict, [], `${verdict.text}. ${message}`);
  }

  #say({ tone, text, more }: Verdict): void {
    find("#verdict").dataset.tone = tone;
    find("#verdict-text").textContent = text;
    find("#verdict-more").textContent = more;
  }

  #draw(verdict: Verdict, result: Node[], announcement: string): void {
    clearTimeout(this.#slow);
    this.#say(verdict);
    find("#result").replaceChildren(...result);
    this.#pause.end();
    this.#announcement.say(announcement);
  }

  /** How the capture was read, and which of several deliveries is shown. */
  #read(found: Explanation["found"], facts?: Explanation["report"]["facts"]): void {
    // A capture that is being edited may name it again: until then a file that is there stays.
    if (found.length === 0 && this.#file.isEmpty) this.#offerFile(undefined);
    const chosen = found[Number(this.#pick.value || 0)] ?? found[0];
    const read = chosen && facts;
    find("#capture-read").replaceChildren(
      ...(read ? [`Read as ${FORMS[chosen.form]}, with a body of ${count(facts.body_bytes, "byte")}.`] : []),
    );
    find("#capture-choice").hidden = found.length < 2;
    const labels = found.map(({ method, target, receivedAt }, index) =>
      [`${index + 1}.`, receivedAt === undefined ? "" : utc(receivedAt), method, target].filter(Boolean).join(" "),
    );
    if (labels.join("\n") === [...this.#pick.options].map(({ textContent }) => textContent).join("\n")) return;
    this.#pick.replaceChildren(...labels.map((label, index) => make("option", { value: String(index) }, label)));
  }
}

const FORMS: Record<Found["form"], string> = {
  http_request: "an HTTP request",
  curl: "a curl command",
  har: "a HAR file",
  saved: "a saved delivery",
  raw_log: "a log line",
  queue_message: "a queue message",
  json_request: "a request that was recorded as JSON",
};
