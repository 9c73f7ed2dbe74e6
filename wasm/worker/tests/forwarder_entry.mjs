// The shipped forwarder, its patience with an origin and a ledger a hundredth of what it is (30 s become 300 ms), and what it wants to wait
// before it tries a message again logged instead of waited for.

import Shipped from "../../forwarder/build/index.js";

const patience = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => patience(ms / 100);
const timeout = globalThis.setTimeout;
globalThis.setTimeout = (call, ms, ...more) => timeout(call, ms / 100, ...more);

export default {
  queue: ({ queue, messages }, env, context) => Shipped.queue({ queue, messages: messages.map(hurried) }, env, context),
};

function hurried(message) {
  const { id, timestamp, body, attempts } = message;
  const age_s = Number(/"age_s":(\d+)/.exec(body)?.[1] ?? 0);
  return {
    id, body, attempts, timestamp: new Date(timestamp.getTime() - age_s * 1000),
    ack: () => message.ack(),
    retry: ({ delaySeconds }) => {
      console.log(JSON.stringify({ delay_s: delaySeconds, age_s }));
      message.retry();
    },
  };
}
