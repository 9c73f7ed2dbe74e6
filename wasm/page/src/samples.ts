/** The samples, one for each cause that the core knows, and the list to choose from. */

import samples from "virtual:samples";
import { count, find, make, sentence } from "./dom.ts";
import type { Side } from "./messages.ts";

/** A delivery that goes wrong in one way, with the form filled in as its receiver has it. */
export interface Sample {
  /** The shared vector that it is. */
  id: string;
  /** The core's word for what is wrong: a cause, or what else the outcome is. */
  word: string;
  what: string;
  /** How it comes about. */
  note: string;
  capture: string;
  secrets: string[];
  others: string[];
  settings: { at: number; past?: Side; future?: Side; limit?: number };
}

export const SAMPLES: readonly Sample[] = samples;

export function sample(word: string): Sample {
  const found = SAMPLES.find((sample) => sample.word === word);
  if (!found) throw new Error(`there is no sample of ${word}`);
  return found;
}

/** The dialog in which one is searched for and chosen. */
export class SamplesDialog {
  readonly #dialog = find<HTMLDialogElement>("#samples");
  readonly #search = find<HTMLInputElement>("#samples-search");
  readonly #items: { item: HTMLElement; text: string }[];

  constructor(onChosen: (sample: Sample) => void) {
    this.#items = SAMPLES.map((sample) => {
      const { word, what, note } = sample;
      const button = make(
        "button",
        { type: "button", "data-word": word },
        make("span", {}, ...sentence(what)),
        make("small", {}, make("code", {}, word), make("span", {}, note)),
      );
      button.addEventListener("click", () => {
        this.#dialog.close();
        onChosen(sample);
      });
      return {
        item: make("li", {}, button),
        text: `${what} ${word} ${word.replaceAll("_", " ")} ${note}`.toLowerCase(),
      };
    });
    find("#samples-list").append(...this.#items.map(({ item }) => item));
    this.#search.addEventListener("input", () => this.#filter());
    this.#search.addEventListener("keydown", ({ key }) => key === "Enter" && this.#chooseFirst());
    find("[data-close]", this.#dialog).addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog.close());
  }

  open(): void {
    this.#search.value = "";
    this.#filter();
    this.#dialog.showModal();
    this.#search.focus();
  }

  #chooseFirst(): void {
    this.#items
      .find(({ item }) => !item.hidden)
      ?.item.querySelector("button")
      ?.click();
  }

  #filter(): void {
    const words = this.#search.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const { item, text } of this.#items) {
      item.hidden = !words.every((word) => text.includes(word));
      if (!item.hidden) shown += 1;
    }
    find("#samples-count").textContent = count(shown, "sample");
  }
}
