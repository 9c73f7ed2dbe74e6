import { find } from "./dom.ts";

/** Tabs after the ARIA pattern: one of them is in the tab order, arrow keys move between them. */
export class Tabs {
  readonly #names: string[];

  constructor(names: string[]) {
    this.#names = names;
    for (const [index, name] of names.entries()) {
      const tab = find(`#tab-${name}`);
      tab.addEventListener("click", () => this.show(name));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        const next = step && names[(index + step + names.length) % names.length];
        if (next) this.show(next);
      });
    }
  }

  show(name: string): void {
    for (const other of this.#names) {
      const isShown = other === name;
      const tab = find(`#tab-${other}`);
      tab.setAttribute("aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
      find(`#${other}`).hidden = !isShown;
      if (isShown) tab.focus();
    }
  }
}
