// Behind the queues of both: says how many messages have come, so that a turn ends when its last one has.

let come = 0;

export default {
  async queue(batch) {
    come += batch.messages.length;
  },
  async fetch() {
    return Response.json(come);
  },
};
