// The user's functions: which are refused, what shows that one has not run, and what is said of one that failed.

import { is_plain, kind_of } from "./bytes.js";
import { known_in_every_copy } from "./error.js";

const LONGEST_WORDS = 4096;
const MOST_CAUSES = 8;

/** See receiver.d.ts. */
export class PermanentFailure extends Error {}

known_in_every_copy(PermanentFailure, "PermanentFailure");

export function is_permanent(error) {
  try {
    return error instanceof PermanentFailure;
  } catch {
    return false;
  }
}

/** Refuses what would be taken for done without having run, as far as that can be told before it is called. */
export function check_function(name, given) {
  if (typeof given !== "function") throw new TypeError(`${name} must be a function, not ${kind_of(given)}`);
  if (/^(Async)?GeneratorFunction$/.test(given.constructor?.name)) {
    throw new TypeError(`${name} is a generator, which runs only while somebody iterates over it: remove its *`);
  }
}

/**
 * Throws where a function gave back what is still to be run, by itself or in a collection: a function, an iterator, a
 * stream that is still written to, a promise that nobody awaited. Any other result is none of a receiver's business, be it
 * one that says of itself that it failed.
 */
export function refuse_unfinished(result) {
  const unfinished = [result, ...inside_of(result)].filter(is_unfinished);
  if (unfinished.length === 0) return;
  // What comes of it now is nobody's any more.
  for (const part of unfinished) if (is_thenable(part)) Promise.resolve(part).catch(() => {});
  throw new TypeError(
    `it returned ${kind_of(unfinished[0])}, whose work is still to be done: await it, and return once it is done`,
  );
}

function inside_of(result) {
  if (Array.isArray(result) || result instanceof Set) return [...result];
  if (result instanceof Map) return [...result.values()];
  // Of members only promises are looked at, and none is asked for: a method, what is lazy, or a query builder is the own
  // business of whoever made it.
  if (!is_plain(result)) return [];
  return Object.values(Object.getOwnPropertyDescriptors(result)).map(({ value }) => value).filter(is_promise);
}

/** Whether it is a promise itself, of whatever realm. Nothing of its own is run. */
function is_promise(part) {
  try {
    return typeof part === "object" && Boolean(Promise.prototype.then.call(part, undefined, () => {}));
  } catch {
    return false;
  }
}

function is_unfinished(part) {
  if (typeof part === "function" || is_thenable(part)) return true;
  return typeof part === "object" && part !== null && (is_iterator(part) || is_being_written(part));
}

function is_iterator(part) {
  return typeof part.next === "function" && Boolean(part[Symbol.iterator] ?? part[Symbol.asyncIterator]);
}

/** A stream that was only read from, such as an answer over HTTP, says nothing of the handler's work. */
function is_being_written(part) {
  return typeof part.getWriter === "function" || (typeof part.write === "function" && part.writableFinished === false);
}

function is_thenable(part) {
  return typeof part === "object" && part !== null && typeof part.then === "function";
}

/** Says what was thrown and what caused it, whatever it is and whatever its own code does. */
export function words(error) {
  try {
    const chain = new Set([error]);
    for (const each of chain) if (each?.cause !== undefined && chain.size < MOST_CAUSES) chain.add(each.cause);
    return [...chain].map(described).join("; caused by ").slice(0, LONGEST_WORDS);
  } catch {
    return "it threw something that cannot be printed";
  }
}

function described(error) {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null) return `threw ${String(error)}`;
  if (typeof error.message !== "string") return `threw ${JSON.stringify(error) ?? kind_of(error)}`;
  // A connection that was refused says so in its code, or in its cause, alone.
  const text = error.message || (typeof error.code === "string" ? error.code : "");
  return [name_of(error), text].filter((part) => part !== "").join(": ");
}

/** That a failure is for good, the core says. */
function name_of({ name }) {
  if (name === "PermanentFailure") return "";
  return typeof name === "string" && name !== "" ? name : "Error";
}

/** Does what nothing depends on: however it fails, nothing changes. */
export async function ignored(work) {
  try {
    await work();
  } catch {
    // It had ended, or is nobody's business.
  }
}
