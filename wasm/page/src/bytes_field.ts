import { count, find, make } from "./dom.ts";
import { Problem } from "./problem.ts";

/** More than this is a mistake, and would fill the memory that it is looked at in. */
const MOST_BYTES = 64 * 1024 * 1024;
/** A text area lays out slowly what is longer: such a paste is kept aside like a file. */
const LONGEST_TEXT = 100_000;
const PREVIEW_BYTES = 2000;
/** A change that leaves no more than one character of so many makes another thing of it. */
const CHARACTERS_PER_REMNANT = 10;

/** `isWhole` says that what stands there is another thing, and not the earlier one with a change. */
export type OnChange = (isWhole: boolean) => void;

/**
 * A text area, and what may lie over it instead: a file, whose bytes are kept as they are, or why there is none. What lies
 * there can be removed, and the text is then as it was.
 */
export class BytesField {
  readonly root: HTMLElement;
  readonly text: HTMLTextAreaElement;
  readonly #onChange: OnChange;
  readonly #hasPreview: boolean;
  #over: { shown: HTMLElement; content: Uint8Array<ArrayBuffer> | Problem } | null = null;
  #lent = "";
  /** How long the text has been at most, since it is the thing that it is. */
  #longest = 0;
  /** A file that was still being read when another came is nobody's any more. */
  #round = 0;

  /** `root` holds the text area and, where a file can be chosen, a button `[data-open]`. */
  constructor(root: HTMLElement, onChange: OnChange, { preview = true } = {}) {
    this.root = root;
    this.#onChange = onChange;
    this.#hasPreview = preview;
    this.text = find<HTMLTextAreaElement>("textarea", root);
    for (const [name, value] of Object.entries(NEVER_KEPT)) this.text.setAttribute(name, value);
    let unselected = Infinity;
    this.text.addEventListener("beforeinput", () => (unselected = this.#countUnselected()));
    this.text.addEventListener("input", () => {
      this.#lent = "";
      const isWhole = this.#isRemnant(Math.min(unselected, this.text.value.length));
      unselected = Infinity;
      if (isWhole) this.#longest = 0;
      onChange(isWhole);
    });
    this.text.addEventListener("paste", (event) => this.#paste(event));
    root.querySelector("[data-open]")?.addEventListener("click", () => this.#choose());
    takeDrops(root, () => this);
  }

  /** What is signed or looked at: the file's bytes, else the text in UTF-8. Throws a Problem. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const content = this.#over?.content;
    if (content instanceof Problem) throw content;
    return content ?? new TextEncoder().encode(this.text.value);
  }

  get isEmpty(): boolean {
    return this.#over === null && this.text.value === "";
  }

  setText(text: string): void {
    this.clear();
    this.text.value = text;
    this.#onChange(false);
  }

  /** Sets a text that ends with the delivery that it is for, unless somebody changes it before. */
  lend(text: string): void {
    this.setText(text);
    this.#lent = text;
  }

  endLoan(): void {
    if (this.text.value === this.#lent) this.text.value = "";
    this.#lent = "";
  }

  /** Shows them as text where a text area keeps them as they are, else as a file of this name. */
  set(name: string, bytes: Uint8Array<ArrayBuffer>): void {
    const text = bytes.length > LONGEST_TEXT ? null : kept(bytes);
    this.clear();
    if (text === null) this.#lay(name, bytes, false);
    else this.setText(text);
  }

  /** Forgets what it holds, and overwrites it where it can be. */
  clear(): void {
    this.#uncover();
    this.text.value = "";
    this.#lent = "";
    this.#longest = 0;
  }

  /** Takes the one file of these, or says why it does not. */
  async take(files: FileList): Promise<void> {
    const [file] = files;
    if (!file) return;
    this.endLoan();
    const round = (this.#round += 1);
    const name = files.length === 1 ? file.name : count(files.length, "file");
    const content = files.length === 1 ? await read(file) : new Problem("These are several files: give one at a time.");
    if (round === this.#round) this.#lay(name, content, true);
  }

  /** How many characters a change leaves that takes the selected ones away. */
  #countUnselected(): number {
    const { selectionStart, selectionEnd, value } = this.text;
    this.#longest = Math.max(this.#longest, value.length);
    return value.length - (selectionEnd - selectionStart);
  }

  #isRemnant(length: number): boolean {
    return length * CHARACTERS_PER_REMNANT <= this.#longest;
  }

  #lay(name: string, content: Uint8Array<ArrayBuffer> | Problem, isWhole: boolean): void {
    this.#uncover();
    const remove = make("button", { type: "button", class: "quiet", click: () => this.#remove() }, "Remove");
    const isRead = !(content instanceof Problem);
    const what = isRead ? ` ${count(content.length, "byte")}, byte for byte ` : " was not taken ";
    const shown = make("div", { class: "file", role: "group", "aria-label": name });
    shown.append(make("p", {}, make("strong", {}, name), what, remove));
    if (isRead && this.#hasPreview)
      shown.append(make("pre", { tabindex: "0", "aria-label": "How it begins" }, preview(content)));
    this.text.hidden = true;
    this.text.after(shown);
    this.#over = { shown, content };
    this.#onChange(isWhole);
  }

  #choose(): void {
    const input = make("input", { type: "file" });
    input.addEventListener("change", () => input.files && void this.take(input.files));
    input.click();
  }

  /** A file before a text, which is then its name; but a text before a picture of it, as spreadsheets give both. */
  #paste(event: ClipboardEvent): void {
    const { files } = event.clipboardData ?? new DataTransfer();
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    const isPicture = [...files].every(({ type }) => type.startsWith("image/"));
    if (files.length > 0 && !(isPicture && pasted)) void this.take(files);
    else if (!this.#pasteAside(pasted)) return;
    event.preventDefault();
  }

  /** Lays the text over the area as it would stand there, where that is too long for one; whether it is. */
  #pasteAside(pasted: string): boolean {
    const { value, selectionStart, selectionEnd } = this.text;
    const text = value.slice(0, selectionStart) + pasted + value.slice(selectionEnd);
    if (text.length <= LONGEST_TEXT) return false;
    this.#lay("Pasted text", new TextEncoder().encode(text), this.#isRemnant(this.#countUnselected()));
    return true;
  }

  #remove(): void {
    this.#uncover();
    this.text.focus();
    this.#onChange(this.text.value === "");
  }

  #uncover(): void {
    this.#round += 1;
    if (this.#over?.content instanceof Uint8Array) this.#over.content.fill(0);
    this.#over?.shown.remove();
    this.#over = null;
    this.text.hidden = false;
  }
}

async function read(file: File): Promise<Uint8Array<ArrayBuffer> | Problem> {
  if (file.size > MOST_BYTES)
    return new Problem(`${file.name} is over ${count(MOST_BYTES, "byte")}: cut the one delivery out of it.`);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    return new Problem(`${file.name} cannot be read: it is a folder, or there no longer.`);
  }
}

/** No browser or extension keeps, corrects or sends what stands in such a field; the markup says that none completes it. */
const NEVER_KEPT = {
  autocapitalize: "off",
  autocorrect: "off",
  spellcheck: "false",
  "data-1p-ignore": "",
  "data-bwignore": "",
  "data-lpignore": "true",
  "data-gramm": "false",
};

/** Gives what is dropped anywhere within `area` to `field()`, instead of leaving the page for it. */
export function takeDrops(area: HTMLElement, field: () => BytesField): void {
  const mark = (isOver: boolean) => field().root.toggleAttribute("data-over", isOver);
  area.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation();
    mark(true);
  });
  area.addEventListener("dragleave", () => mark(false));
  area.addEventListener("drop", (event) => {
    mark(false);
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    void field().take(event.dataTransfer.files);
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
