// The shipped forwarder, with a way into its queue, and a count of what is in it.

import Shipped from "../../../wasm/forwarder/build/index.js";

let waiting = 0;

function counted(message) {
  const { id, timestamp, body, attempts } = message;
  const ack = () => {
    waiting -= 1;
    message.ack();
  };
  return { id, timestamp, body, attempts, ack, retry: (options) => message.retry(options) };
}

export default {
  async fetch(request, env) {
    if (request.method === "GET") return Response.json(waiting);
    await env.QUEUE.send(await request.text(), { contentType: "text" });
    waiting += 1;
    return new Response();
  },

  queue: ({ queue, messages }, env, context) => Shipped.queue({ queue, messages: messages.map(counted) }, env, context),
};
