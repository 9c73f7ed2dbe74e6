import { count, find, make } from "./dom.ts";

/** More than this is a mistake, and would fill the memory that it is looked at in. */
const MOST_BYTES = 64 * 1024 * 1024;
/** A text area lays out slowly what is longer: such a paste is kept aside like a file. */
const LONGEST_TEXT = 100_000;
const PREVIEW_BYTES = 2000;

/** A text area that may hold a file instead, whose bytes are kept as they are. */
export class BytesField {
  readonly text: HTMLTextAreaElement;
  readonly #onChange: () => void;
  readonly #hasPreview: boolean;
  #file: { shown: HTMLElement; bytes: Uint8Array<ArrayBuffer> } | null = null;

  /** `root` holds the text area and, where a file can be chosen, a button `[data-open]`. */
  constructor(root: HTMLElement, onChange: () => void, { preview = true } = {}) {
    this.#onChange = onChange;
    this.#hasPreview = preview;
    this.text = find<HTMLTextAreaElement>("textarea", root);
    for (const [name, value] of Object.entries(NEVER_KEPT)) this.text.setAttribute(name, value);
    this.text.addEventListener("input", onChange);
    this.text.addEventListener("paste", (event) => this.#paste(event));
    root.querySelector("[data-open]")?.addEventListener("click", () => this.#choose());
  }

  /** What is signed or looked at: the file's bytes, else the text in UTF-8. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#file?.bytes ?? new TextEncoder().encode(this.text.value);
  }

  get isEmpty(): boolean {
    return this.#file === null && this.text.value === "";
  }

  setText(text: string): void {
    this.clear();
    this.text.value = text;
    this.#onChange();
  }

  /** Shows them as text where a text area keeps them as they are, else as a file of this name. */
  set(name: string, bytes: Uint8Array<ArrayBuffer>): void {
    const text = bytes.length > LONGEST_TEXT ? null : kept(bytes);
    if (text === null) this.setBytes(name, bytes);
    else this.setText(text);
  }

  setBytes(name: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.clear();
    this.text.hidden = true;
    const remove = make("button", { type: "button", class: "quiet", click: () => this.#remove() }, "Remove");
    const head = make("p", {}, make("strong", {}, name), ` ${count(bytes.length, "byte")}, byte for byte `, remove);
    const shown = make("div", { class: "file", role: "group", "aria-label": name }, head);
    if (this.#hasPreview) shown.append(make("pre", { tabindex: "0", "aria-label": "How it begins" }, preview(bytes)));
    this.text.after(shown);
    this.#file = { shown, bytes };
    this.#onChange();
  }

  /** Forgets what it holds, and overwrites it where it can be. */
  clear(): void {
    this.#drop();
    this.text.value = "";
  }

  /** Takes what was dropped, where it is a file; whether it was. */
  async setFile(file: File): Promise<void> {
    if (file.size > MOST_BYTES) {
      this.setText("");
      this.text.placeholder = `${file.name} is over ${count(MOST_BYTES, "byte")}: cut the one delivery out of it.`;
      return;
    }
    this.setBytes(file.name, new Uint8Array(await file.arrayBuffer()));
  }

  #choose(): void {
    const input = make("input", { type: "file" });
    input.addEventListener("change", () => input.files?.[0] && void this.setFile(input.files[0]));
    input.click();
  }

  #paste(event: ClipboardEvent): void {
    const file = event.clipboardData?.files[0];
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (file) void this.setFile(file);
    else if (text.length > LONGEST_TEXT) this.setBytes("Pasted text", new TextEncoder().encode(text));
    else return;
    event.preventDefault();
  }

  #remove(): void {
    this.#drop();
    this.text.focus();
    this.#onChange();
  }

  #drop(): void {
    this.#file?.bytes.fill(0);
    this.#file?.shown.remove();
    this.#file = null;
    this.text.hidden = false;
  }
}

/** No browser completes, keeps, corrects or sends what stands in such a field. */
const NEVER_KEPT = {
  autocomplete: "off",
  autocapitalize: "off",
  autocorrect: "off",
  spellcheck: "false",
  "data-1p-ignore": "",
  "data-bwignore": "",
  "data-lpignore": "true",
  "data-gramm": "false",
};

/** Gives a file that is dropped anywhere within `area` to `field()`, instead of leaving the page for it. */
export function takeDrops(area: HTMLElement, field: () => BytesField): void {
  area.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation();
    area.dataset.over = "";
  });
  area.addEventListener("dragleave", () => delete area.dataset.over);
  area.addEventListener("drop", (event) => {
    delete area.dataset.over;
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    void field().setFile(file);
  });
}

/** The bytes as text that a text area gives back as they were; null where it would not. */
function kept(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return /[\0\r\ufeff]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** How the bytes begin, with control characters and byte order marks as escapes. */
function preview(bytes: Uint8Array): string {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, PREVIEW_BYTES));
  const shown = text
    .replaceAll("\r\n", "\n")
    .replaceAll("\ufeff", "\\ufeff")
    .replace(/[\0-\x08\x0b-\x1f\x7f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return bytes.length > PREVIEW_BYTES ? `${shown}…` : shown;
}
