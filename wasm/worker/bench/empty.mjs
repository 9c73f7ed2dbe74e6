// What the runtime itself takes: a Worker that reads the body, and answers.

export default {
  async fetch(request) {
    await request.arrayBuffer();
    return new Response("ok");
  },
};
