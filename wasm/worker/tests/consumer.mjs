// Takes each message off the queue and hands it to the test process as it came; fetches a body that waits in the ledger; is the
// receiver's tail consumer where a test wants one.

export default {
  async queue(batch, env) {
    for (const message of batch.messages) {
      const kind = typeof message.body;
      const body = kind === "string" ? message.body : JSON.stringify(message.body);
      await env.SINK.fetch("http://sink/", { method: "POST", headers: { "x-kind": kind }, body });
    }
  },

  /** What the platform records of the receiver's requests. */
  async tail(events, env) {
    await env.SINK.fetch("http://sink/", { method: "POST", headers: { "x-kind": "tail" }, body: JSON.stringify(events) });
  },

  /** `GET /?object=NAME&path=/bodies/…`: what a consumer does with a message that says where its body waits. */
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    return env.LEDGER.getByName(searchParams.get("object")).fetch(`https://ledger${searchParams.get("path")}`);
  },
};
