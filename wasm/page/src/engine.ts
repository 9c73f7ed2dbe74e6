import type { Asked, Explain, Reply, Sign } from "./messages.ts";
import { Problem } from "./problem.ts";
import EngineWorker from "./worker.ts?worker&inline";

/**
 * The core, in a worker, so that a long search never holds the page up.
 *
 * The worker is made from a text within the page, for then it inherits the page's Content-Security-Policy.
 */
export class Engine {
  #worker: Worker | null = null;
  #isBusy = false;

  /** Asks, and forgets what was asked before and is not answered yet: its promise never settles. */
  ask<Q extends Explain | Sign>(question: Q): Promise<Asked<Q>> {
    if (this.#isBusy) this.#end();
    const worker = (this.#worker ??= new EngineWorker());
    this.#isBusy = true;
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Reply>) => {
        this.#isBusy = false;
        if ("problem" in data) reject(new Problem(data.problem));
        else resolve(data.value as Asked<Q>);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        this.#end();
        reject(new Problem(`The page itself failed: ${event.message}`));
      };
      worker.postMessage(question);
    });
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#isBusy = false;
  }
}
