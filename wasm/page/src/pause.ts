/** So long nobody types on: then what was typed is looked at. */
const PAUSE_MILLISECONDS = 120;

/** Does something once nobody has typed for a moment. Until it is done, the element of its result is marked as busy. */
export class Pause {
  readonly #result: HTMLElement;
  readonly #then: () => Promise<void>;
  #timer: number | null = null;

  constructor(result: HTMLElement, then: () => Promise<void>) {
    this.#result = result;
    this.#then = then;
  }

  begin(): void {
    this.#result.ariaBusy = "true";
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#then();
    }, PAUSE_MILLISECONDS);
  }

  /** Says that the result stands there, unless somebody has typed on since. */
  end(): void {
    this.#result.ariaBusy = String(this.#timer !== null);
  }
}
