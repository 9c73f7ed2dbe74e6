import type { Receiver } from "../receiver.js";

/**
 * A plugin for Fastify 4 and 5: `app.register(webhookPlugin(receiver, "/webhooks/overten"))`. It takes every method of
 * that path, with and without a final slash, before anything looks at its content type or
 * parses its body.
 *
 * @throws TypeError without a path that begins with a slash.
 */
export function webhookPlugin(receiver: Receiver, path: string): (scope: any) => Promise<void>;
