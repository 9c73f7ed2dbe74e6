// The shipped forwarder, its patience with an origin a hundredth of what it is: 30 s become 300 ms.

export { default } from "../../forwarder/build/index.js";

const patience = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => patience(ms / 100);
