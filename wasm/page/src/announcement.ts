/** So long nothing new is to be said: then it is said. Else whoever types by hand would hear of every key. */
const QUIET_MILLISECONDS = 1000;

/** What a screen reader is told. */
export class Announcement {
  readonly #element: HTMLElement;
  #timer = 0;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  say(text: string): void {
    clearTimeout(this.#timer);
    this.#element.ariaBusy = "true";
    this.#timer = setTimeout(() => {
      if (this.#element.textContent !== text) this.#element.textContent = text;
      this.#element.ariaBusy = "false";
    }, QUIET_MILLISECONDS);
  }
}
