// Endpoints of SvelteKit (+server.js).

import { mounted } from "./mounted.js";

/** See sveltekit.d.ts. */
export function webhookHandler(given) {
  const receiver = mounted(given);
  return ({ request, platform }) => receiver.receive(request, platform?.ctx ?? platform?.context);
}
