// Unix seconds as the core takes them.

import { kind_of } from "./bytes.js";
import { refusal } from "./error.js";

const MOST = 2n ** 63n;

/** Whole seconds as a bigint: of the host's clock where none is given, fractions floored. */
export function seconds_of(now) {
  if (now === undefined) return BigInt(Math.floor(Date.now() / 1000));
  if (typeof now === "number") return whole(Math.floor(now));
  if (typeof now === "bigint") {
    if (now >= -MOST && now < MOST) return now;
    throw refusal("invalid_argument", "now is beyond 64 bits: Unix seconds are needed");
  }
  if (Object.prototype.toString.call(now) === "[object Date]") return whole(Math.floor(now.getTime() / 1000));
  throw new TypeError(`now must be Unix seconds (a number or bigint) or a Date, not ${kind_of(now)}`);
}

function whole(seconds) {
  if (Number.isSafeInteger(seconds)) return BigInt(seconds);
  throw refusal("invalid_argument", "now must be a number of Unix seconds that a double holds exactly: give a greater one as a bigint");
}
