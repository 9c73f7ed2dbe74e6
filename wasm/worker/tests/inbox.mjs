/** A list that a test can wait on: `take` resolves as soon as enough has arrived, and fails loudly if it never does. */
export class Inbox {
  #items = [];
  #waiting = [];

  push(item) {
    this.#items.push(item);
    this.#wake();
  }

  #wake() {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The next item for which `wanted` holds, taken out. */
  async take(wanted = () => true, patience_ms = 20_000) {
    const deadline = AbortSignal.timeout(patience_ms);
    deadline.addEventListener("abort", () => this.#wake());
    for (;;) {
      const at = this.#items.findIndex(wanted);
      if (at >= 0) return this.#items.splice(at, 1)[0];
      if (deadline.aborted) throw new Error(`nothing arrived in ${patience_ms} ms; here now: ${JSON.stringify(this.#items).slice(0, 2000)}`);
      await new Promise((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Everything that is here now, taken out. */
  drain() {
    return this.#items.splice(0);
  }
}
