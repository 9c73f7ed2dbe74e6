import type { Store } from "./stores/store.js";

/**
 * Tries what a receiver relies on, and rejects with a sentence where a store does not do it.
 *
 * `make` gives an empty store each time that it is called. Fifty claims of one key are made at the same moment, several
 * times over: a store that looks first and writes afterwards gives it to two of them. Takes a few seconds over a
 * network.
 */
export function checkStore(make: () => Store | Promise<Store>): Promise<void>;
