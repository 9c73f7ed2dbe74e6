/** The side of the page that signs a body. */

import { Announcement } from "./announcement.ts";
import { BytesField } from "./bytes_field.ts";
import { curl } from "./curl.ts";
import { copyButton, count, find, make, utc } from "./dom.ts";
import type { Engine } from "./engine.ts";
import type { Signed } from "./messages.ts";
import { Pause } from "./pause.ts";
import { Problem } from "./problem.ts";
import type { Tone } from "./result.ts";
import { SecretsField } from "./secrets_field.ts";
import { time } from "./settings.ts";

const EXAMPLE_BODY = '{"event":"run.completed","run_id":"run_01HXYZ","status":"completed"}';
const EXAMPLE_URL = "https://example.com/webhooks/overten";

type ShowSigned = (capture: Uint8Array<ArrayBuffer>, secret: Uint8Array<ArrayBuffer>) => void;

export class Sign {
  readonly body: BytesField;
  readonly #engine: Engine;
  readonly #secret: SecretsField;
  readonly #url = find<HTMLInputElement>("#url");
  readonly #at = find<HTMLInputElement>("#sign-at");
  readonly #explain: ShowSigned;
  readonly #pause = new Pause(find("#signed"), find("#signed-verdict-text"), () => this.#look());
  readonly #announcement = new Announcement(find("#signed-announcement"));
  readonly #headers = copied();
  readonly #command = copied();
  readonly #file = make("a");
  readonly #fileLine = make("p", { class: "aside" });
  /** An answer to what was asked in an earlier round is nobody's any more. */
  #round = 0;

  /** `explain` shows the signed delivery on the page's other side. */
  constructor(engine: Engine, explain: ShowSigned) {
    this.#engine = engine;
    this.#explain = explain;
    const changed = () => this.#pause.begin();
    this.body = new BytesField(find("#body"), changed);
    this.#secret = new SecretsField(find("#sign-secret"), changed);
    this.#url.addEventListener("input", changed);
    this.#at.addEventListener("input", changed);
    find("#signed").append(...this.#parts());
    this.body.setText(EXAMPLE_BODY);
  }

  /** Looks again at what stands there: a browser that comes back to the page may have changed it. */
  again(): void {
    this.#pause.begin();
  }

  /** Signs what stands there, and shows it. */
  async #look(): Promise<void> {
    const round = (this.#round += 1);
    const hasTime = this.#at.value.trim() !== "";
    const seconds = hasTime ? time(this.#at.value) : Math.floor(Date.now() / 1000);
    find("#sign-at-read").textContent =
      seconds === null ? "Unix seconds, or a date such as 2026-01-31T12:00:00Z" : utc(seconds);
    if (this.#secret.isEmpty || seconds === null) {
      const text = this.#secret.isEmpty ? "Now the secret" : "Now the time";
      return this.#draw("none", text, "The two headers and the command to send it show here.");
    }
    try {
      const body = this.body.bytes;
      const signed = await this.#engine.ask({ ask: "sign", secret: this.#secret.bytes, seconds, body });
      if (round !== this.#round) return;
      this.#show(signed, body);
      const { facts, secret } = signed.report;
      this.#draw("good", "Signed", `${count(facts.body_bytes, "byte")}, at ${utc(seconds)}, with ${secret}.`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (round === this.#round) this.#draw("bad", "It cannot be signed", error.message);
    }
  }

  #draw(tone: Tone, text: string, more: string): void {
    find("#signed-verdict").dataset.tone = tone;
    find("#signed-verdict-text").textContent = text;
    find("#signed-verdict-more").textContent = more;
    find("#signed").hidden = tone !== "good";
    this.#pause.end();
    this.#announcement.say(`${text}. ${more}`);
  }

  /** What is signed is written into these, which stay: the button that one has just pressed is not to vanish. */
  #parts(): Node[] {
    this.#fileLine.append(
      "This body does not come through a terminal unchanged, so the command reads it from a file: ",
      this.#file,
      ". Run the command beside it.",
    );
    return [
      section("The headers", this.#headers, this.#copyButton(this.#headers)),
      section("The command", this.#command, this.#copyButton(this.#command)),
      make(
        "p",
        { class: "hint" },
        "For sh, bash and zsh. With no time set, copying signs anew: the signature is of that second.",
      ),
      this.#fileLine,
      make(
        "button",
        { type: "button", class: "primary", click: () => this.#toExplain() },
        "Look at it as a receiver does",
      ),
    ];
  }

  #copyButton(text: HTMLElement): HTMLElement {
    return copyButton("Copy", async () => {
      if (this.#at.value.trim() === "") await this.#look();
      return text.textContent;
    });
  }

  #show(signed: Signed, body: Uint8Array<ArrayBuffer>): void {
    const headers = headersOf(signed);
    // Of its own name for each body: a browser saves the second of one name under another.
    const file = `overten-body-${signed.report.facts.body_sha256.slice(0, 8)}.bin`;
    const { command, needsFile } = curl({ url: this.#url.value, headers, body, file });
    this.#headers.textContent = linesOf(headers);
    this.#command.textContent = command;
    this.#fileLine.hidden = !needsFile;
    URL.revokeObjectURL(this.#file.href);
    this.#file.removeAttribute("href");
    if (!needsFile) return;
    this.#file.href = URL.createObjectURL(new Blob([body], { type: "application/octet-stream" }));
    this.#file.download = file;
    this.#file.textContent = `Save ${file}`;
  }

  #toExplain(): void {
    const { value } = this.#url;
    // What is being typed may be no address yet; the path changes nothing of the signature.
    const { pathname } = new URL(URL.canParse(value, EXAMPLE_URL) ? value : EXAMPLE_URL, EXAMPLE_URL);
    const head = new TextEncoder().encode(`POST ${pathname} HTTP/1.1\n${this.#headers.textContent}\n\n`);
    const body = this.body.bytes;
    const capture = new Uint8Array(head.length + body.length);
    capture.set(head);
    capture.set(body, head.length);
    this.#explain(capture, this.#secret.bytes.slice());
  }
}

function headersOf({ headers, report }: Signed): [string, string][] {
  const { event } = report.facts;
  return [
    ["Content-Type", "application/json"],
    ["User-Agent", "Overten-Webhook/1.0"],
    ...(event === null ? [] : [["X-Overten-Event", event] as [string, string]]),
    ...Object.entries(headers),
  ];
}

function linesOf(headers: [name: string, value: string][]): string {
  return headers.map(([name, value]) => `${name}: ${value}`).join("\n");
}

function copied(): HTMLElement {
  return make("pre", { tabindex: "0" });
}

function section(title: string, text: HTMLElement, copy: HTMLElement): HTMLElement {
  text.ariaLabel = title;
  return make("section", {}, make("div", { class: "facts-head" }, make("h3", {}, title), copy), text);
}
