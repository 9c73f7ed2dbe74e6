// Route handlers of Next.js.

import { options_of } from "../settings.js";
import { mounted } from "./mounted.js";

/** See next.d.ts. */
export function webhookHandler(given, options) {
  const receiver = mounted(given);
  const { after } = options_of(options, ["after"]);
  const context = after && { waitUntil: (work) => after(work) };
  return (request) => receiver.receive(request, context);
}
