// The sending side, for tests.

import { bytes_of } from "./bytes.js";
import { seconds_of } from "./clock.js";
import { core } from "./core.js";
import { packed } from "./secrets.js";
import { options_of } from "./settings.js";

export function sign(body, secret, options) {
  const now = seconds_of(options_of(options, ["now"]).now);
  if (Array.isArray(secret) || secret?.secret !== undefined) throw new TypeError("sign takes one secret: a string or a Uint8Array");
  const given = packed(secret ?? "");
  try {
    const bytes = bytes_of(body);
    return JSON.parse(core.call((instance) => instance.sign(bytes, given.bytes, given.lengths, now)));
  } finally {
    given.wipe();
  }
}
