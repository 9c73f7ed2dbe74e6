// What all adapters share.

import { kind_of } from "../bytes.js";

/** The receiver to mount. Anything else in its place would show with the first delivery alone. */
export function mounted(receiver) {
  if (typeof receiver?.take === "function") return receiver;
  throw new TypeError(`an adapter takes a receiver, new Receiver({ secrets, handler, setAside }), not ${kind_of(receiver)}`);
}
