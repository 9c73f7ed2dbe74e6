/** So long nobody types on: then what was typed is looked at. */
const PAUSE_MILLISECONDS = 120;

/**
 * Does something once nobody has typed for a moment. Until it is done, the element of its result is marked as busy, and
 * nothing in it can be pressed: it is of what stood in the fields before. Who was in it is led to the verdict above it,
 * for a browser would lead them back to the page's beginning.
 */
export class Pause {
  readonly #result: HTMLElement;
  readonly #verdict: HTMLElement;
  readonly #then: () => Promise<void>;
  #timer: number | null = null;

  constructor(result: HTMLElement, verdict: HTMLElement, then: () => Promise<void>) {
    this.#result = result;
    this.#verdict = verdict;
    this.#then = then;
  }

  begin(): void {
    this.#mark(true);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#then();
    }, PAUSE_MILLISECONDS);
  }

  /** Says that the result stands there, unless somebody has typed on since. */
  end(): void {
    this.#mark(this.#timer !== null);
  }

  #mark(isBusy: boolean): void {
    if (isBusy && this.#result.contains(document.activeElement)) this.#verdict.focus();
    this.#result.ariaBusy = String(isBusy);
    this.#result.inert = isBusy;
  }
}
