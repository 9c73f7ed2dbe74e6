import type { ReceiverSettings } from "./receiver.js";

/**
 * A `setAside` that keeps each delivery as a file of its own in a folder, which is made if absent: whole or not at all,
 * and synced. The file is named after the SHA-256 of the body, so that the same delivery is kept once: `<64 hex
 * digits>.json`. It holds what `setAsideRecord` gives, on one line.
 */
export function setAsideInFolder(folder: string): ReceiverSettings["setAside"];

/**
 * A `setAside` that writes each delivery as one line to a stream (`process.stderr`), as durable as where that goes. It
 * is kept once the stream has taken the line; where it fails, or has ended, Overten delivers again.
 */
export function setAsideInLog(
  stream?: NodeJS.WritableStream & { readonly writable: boolean },
): ReceiverSettings["setAside"];
