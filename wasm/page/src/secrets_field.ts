import { BytesField, type OnChange } from "./bytes_field.ts";
import { find } from "./dom.ts";

/** Lines of secrets, in a field that is masked, never completed, never stored, and never part of the page's markup. */
export class SecretsField extends BytesField {
  /** `root` holds the text area and a button `[data-show]`. */
  constructor(root: HTMLElement, onChange: OnChange) {
    super(root, onChange, { preview: false });
    const show = find("[data-show]", root);
    show.ariaPressed = "false";
    show.addEventListener("click", () => {
      const isMasked = this.text.classList.toggle("masked");
      show.textContent = isMasked ? "Show" : "Hide";
      show.ariaPressed = String(!isMasked);
    });
    addEventListener("pagehide", () => this.clear());
  }
}
