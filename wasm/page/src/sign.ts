/** The side of the page that signs a body. */

import { BytesField, takeDrops } from "./bytes_field.ts";
import { BODY_FILE, curl } from "./curl.ts";
import { copyButton, count, find, make, utc } from "./dom.ts";
import { type Engine, Problem } from "./engine.ts";
import type { Signed } from "./messages.ts";
import { Pause } from "./pause.ts";
import type { Tone } from "./result.ts";
import { SecretsField } from "./secrets_field.ts";
import { time } from "./settings.ts";

const EXAMPLE_BODY = '{"event":"run.completed","run_id":"run_01HXYZ","status":"completed"}';
const EXAMPLE_URL = "https://example.com/webhooks/overten";

type ShowSigned = (capture: Uint8Array<ArrayBuffer>, secret: Uint8Array<ArrayBuffer>) => void;

export class Sign {
  readonly #engine: Engine;
  readonly #body: BytesField;
  readonly #secret: SecretsField;
  readonly #url = find<HTMLInputElement>("#url");
  readonly #at = find<HTMLInputElement>("#sign-at");
  readonly #explain: ShowSigned;
  readonly #pause = new Pause(find("#signed"), async () => void (await this.#look()));
  #download = "";
  /** An answer to what was asked in an earlier round is nobody's any more. */
  #round = 0;

  /** `explain` shows the signed delivery on the page's other side. */
  constructor(engine: Engine, explain: ShowSigned) {
    this.#engine = engine;
    this.#explain = explain;
    const changed = () => this.#pause.begin();
    this.#body = new BytesField(find("#body"), changed);
    this.#secret = new SecretsField(find("#sign-secret"), "Secret", changed);
    this.#secret.set([]);
    this.#url.value = EXAMPLE_URL;
    this.#url.addEventListener("input", changed);
    this.#at.addEventListener("input", changed);
    takeDrops(find("#sign"), () => this.#body);
    this.#body.setText(EXAMPLE_BODY);
  }

  /** Signs what stands there, and shows it; what was signed, or null where it could not be. */
  async #look(): Promise<Signed | null> {
    const round = (this.#round += 1);
    const secret = this.#secret.secrets[0];
    const seconds = this.#at.value.trim() === "" ? Math.floor(Date.now() / 1000) : time(this.#at.value);
    find("#sign-at-read").textContent =
      seconds === null ? "Unix seconds, or a date such as 2026-01-31T12:00:00Z" : utc(seconds);
    if (!secret || seconds === null) {
      this.#draw(
        "none",
        secret ? "Now the time" : "Now the secret",
        "The two headers and the command to send it show here.",
        [],
      );
      return null;
    }
    try {
      const signed = await this.#engine.ask({ ask: "sign", secret, seconds, body: this.#body.bytes });
      if (round !== this.#round) return null;
      const { facts } = signed.report;
      this.#draw("good", "Signed", `${count(facts.body_bytes, "byte")}, at ${utc(seconds)}.`, this.#signed(signed));
      return signed;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (round !== this.#round) return null;
      this.#draw("bad", "It cannot be signed", error.message, []);
      return null;
    }
  }

  #draw(tone: Tone, text: string, more: string, result: Node[]): void {
    find("#signed-verdict").dataset.tone = tone;
    find("#signed-verdict-text").textContent = text;
    find("#signed-verdict-more").textContent = more;
    find("#signed").replaceChildren(...result);
    this.#pause.end();
    find("#signed-announcement").textContent = `${text}. ${more}`;
  }

  #signed(signed: Signed): Node[] {
    const { command, needsFile } = this.#command(signed);
    const { facts } = signed.report;
    const parts: Node[] = [
      section(
        "The headers",
        headerLines(signed),
        copyButton("Copy", async () => headerLines(await this.#anew(signed))),
      ),
      section(
        "The command",
        command,
        copyButton("Copy", async () => this.#command(await this.#anew(signed)).command),
      ),
    ];
    parts.push(
      make(
        "p",
        { class: "hint" },
        "For sh, bash and zsh. With no time set, copying signs anew: the signature is of that second.",
      ),
    );
    if (needsFile) parts.push(this.#bodyFile(facts.body_bytes));
    parts.push(
      make(
        "button",
        { type: "button", class: "primary", click: () => this.#toExplain(signed) },
        "Look at it as a receiver does",
      ),
    );
    return parts;
  }

  /** The same signed at this second, unless a time is set. */
  async #anew(signed: Signed): Promise<Signed> {
    return this.#at.value.trim() === "" ? ((await this.#look()) ?? signed) : signed;
  }

  #command(signed: Signed) {
    return curl({ url: this.#url.value, headers: headersOf(signed), body: this.#body.bytes });
  }

  #bodyFile(length: number): HTMLElement {
    URL.revokeObjectURL(this.#download);
    this.#download = URL.createObjectURL(new Blob([this.#body.bytes], { type: "application/octet-stream" }));
    const link = make("a", { href: this.#download, download: BODY_FILE }, `Save ${BODY_FILE}`);
    return make(
      "p",
      { class: "aside" },
      "This body does not come through a terminal unchanged, so the command reads it from a file: ",
      link,
      ` (${count(length, "byte")}), and run the command beside it.`,
    );
  }

  #toExplain(signed: Signed): void {
    const secret = this.#secret.secrets[0];
    if (!secret) return;
    const { value } = this.#url;
    // What is being typed may be no address yet; the path changes nothing of the signature.
    const { pathname } = new URL(URL.canParse(value, EXAMPLE_URL) ? value : EXAMPLE_URL, EXAMPLE_URL);
    const head = new TextEncoder().encode(`POST ${pathname} HTTP/1.1\n${headerLines(signed)}\n\n`);
    const body = this.#body.bytes;
    const capture = new Uint8Array(head.length + body.length);
    capture.set(head);
    capture.set(body, head.length);
    this.#explain(capture, secret.slice());
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

function headerLines(signed: Signed): string {
  return headersOf(signed)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}

function section(title: string, text: string, copy: HTMLElement): HTMLElement {
  const head = make("div", { class: "facts-head" }, make("h3", {}, title), copy);
  return make("section", {}, head, make("pre", { tabindex: "0", "aria-label": title }, text));
}
