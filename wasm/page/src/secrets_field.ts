import { BytesField, takeDrops } from "./bytes_field.ts";
import { find, make } from "./dom.ts";

/** Secrets, each in a field that is masked, never completed, never stored, and never part of the page's markup. */
export class SecretsField {
  readonly #list: HTMLElement;
  readonly #onChange: () => void;
  readonly #name: string;
  readonly #adding: HTMLElement | null;
  /** How many were added since the list was set: a name that a removed one had is not given again. */
  #added = 0;
  #fields: { row: HTMLElement; field: BytesField }[] = [];

  /** `root` holds a `[data-list]` and, where there may be several, a button `[data-add]`. */
  constructor(root: HTMLElement, name: string, onChange: () => void) {
    this.#list = find("[data-list]", root);
    this.#name = name;
    this.#onChange = onChange;
    this.#adding = root.querySelector("[data-add]");
    this.#adding?.addEventListener("click", () => this.#add().text.focus());
    addEventListener("pagehide", () => this.set([]));
  }

  /** The secrets that were given, as bytes. */
  get secrets(): Uint8Array<ArrayBuffer>[] {
    return this.#fields.filter(({ field }) => !field.isEmpty).map(({ field }) => field.bytes);
  }

  /** Puts these in the place of what stands there; `fewest` fields stay in any case. */
  set(secrets: (string | Uint8Array<ArrayBuffer>)[], fewest = this.#name === "Secret" ? 1 : 0): void {
    for (const { row, field } of this.#fields) {
      field.clear();
      row.remove();
    }
    this.#fields = [];
    this.#added = 0;
    for (const secret of secrets) {
      if (typeof secret === "string") this.#add().setText(secret);
      else this.#add().set("A secret", secret);
    }
    while (this.#fields.length < fewest) this.#add();
  }

  #add(): BytesField {
    const number = this.#fields.length;
    this.#added += 1;
    const label = this.#added === 1 ? this.#name : `${this.#name} ${this.#added}`;
    const text = make("textarea", { class: "secret masked", rows: "1", "aria-label": label, placeholder: "whsec_…" });
    text.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    const show = make(
      "button",
      { type: "button", class: "quiet", "aria-pressed": "false", "aria-label": `Show ${label}` },
      "Show",
    );
    show.addEventListener("click", () => {
      const isMasked = text.classList.toggle("masked");
      show.textContent = isMasked ? "Show" : "Hide";
      show.setAttribute("aria-pressed", String(!isMasked));
    });
    const row = make("div", { class: "secret-row" }, text, show);
    const field = new BytesField(row, this.#onChange, { preview: false });
    takeDrops(row, () => field);
    if (number > 0 || this.#name !== "Secret") {
      row.append(
        make(
          "button",
          { type: "button", class: "quiet", "aria-label": `Remove ${label}`, click: () => this.#remove(row) },
          "Remove",
        ),
      );
    }
    this.#list.append(row);
    this.#fields.push({ row, field });
    return field;
  }

  #remove(row: HTMLElement): void {
    this.#fields = this.#fields.filter((entry) => entry.row !== row);
    row.remove();
    this.#adding?.focus();
    this.#onChange();
  }
}
