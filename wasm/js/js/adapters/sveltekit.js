// Endpoints of SvelteKit (+server.js).

/** See sveltekit.d.ts. */
export function webhookHandler(receiver) {
  return ({ request, platform }) => receiver.receive(request, platform?.ctx ?? platform?.context);
}
