/** The side of the page that explains a delivery. */

import { BytesField, takeDrops } from "./bytes_field.ts";
import { count, find, make, utc } from "./dom.ts";
import { type Engine, Problem } from "./engine.ts";
import type { Explanation, Found } from "./messages.ts";
import { Pause } from "./pause.ts";
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
  readonly #engine: Engine;
  readonly #capture: BytesField;
  readonly #secrets: SecretsField;
  readonly #others: SecretsField;
  readonly #settings: SettingsForm;
  readonly #pick = find<HTMLSelectElement>("#capture-pick");
  readonly #welcome: () => Node[];
  readonly #pause = new Pause(find("#result"), () => this.#look());
  #slow = 0;
  /** An answer to what was asked in an earlier round is nobody's any more. */
  #round = 0;

  /** `welcome` draws what stands in the result's place while there is nothing to look at. */
  constructor(engine: Engine, welcome: () => Node[]) {
    this.#engine = engine;
    this.#welcome = welcome;
    const changed = () => this.#pause.begin();
    this.#capture = new BytesField(find("#capture"), () => {
      this.#pick.value = "0";
      changed();
    });
    this.#secrets = new SecretsField(find("#secrets"), "Secret", changed);
    this.#others = new SecretsField(find("#others"), "Other secret", changed);
    this.#settings = new SettingsForm(changed);
    this.#secrets.set([]);
    this.#pick.addEventListener("change", changed);
    takeDrops(find("#explain"), () => this.#capture);
    this.#draw(NOTHING_YET, welcome(), "");
  }

  /** Fills the form with a sample. */
  show({ capture, secrets, others, settings }: Sample): void {
    this.#secrets.set(secrets);
    this.#others.set(others);
    this.#settings.set(settings);
    this.#capture.setText(capture);
    // What was pressed may be gone.
    find("#verdict-text").focus();
  }

  /** Fills the form with a delivery that was signed here. */
  showSigned(capture: Uint8Array<ArrayBuffer>, secret: Uint8Array<ArrayBuffer>): void {
    this.#secrets.set([secret]);
    this.#others.set([]);
    this.#settings.set({});
    this.#capture.set("What was signed here", capture);
  }

  async #look(): Promise<void> {
    const round = (this.#round += 1);
    if (this.#capture.isEmpty) {
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
        capture: this.#capture.bytes,
        pick: Number(this.#pick.value || 0),
        secrets: this.#secrets.secrets,
        others: this.#others.secrets,
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
    const judge = () => {
      this.#settings.judgeWhenSigned();
      find("#verdict-text").focus();
      this.#pause.begin();
    };
    this.#draw(verdict(explanation), drawn(explanation, judge), announcement(explanation));
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
    find("#announcement").textContent = announcement;
  }

  /** How the capture was read, and which of several deliveries is shown. */
  #read(found: Explanation["found"], facts?: Explanation["report"]["facts"]): void {
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
