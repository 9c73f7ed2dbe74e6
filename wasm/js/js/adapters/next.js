// Route handlers of Next.js.

/** See next.d.ts. */
export function webhookHandler(receiver, { after } = {}) {
  const context = after && { waitUntil: (work) => after(work) };
  return (request) => receiver.receive(request, context);
}
