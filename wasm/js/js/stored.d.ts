import type { Event } from "./event.js";
import type { Body } from "./verifier.js";

/**
 * Reads an event back from the bytes that your own handler stored (`event.raw`), as a worker behind a queue does. It proves
 * nothing about them: only give it what came out of your own queue or database.
 *
 * @throws {WebhookError} `malformed_payload`, where they are no event.
 */
export declare function readStored(raw: Body): Event;
