// Events from bytes that were verified before.

import { bytes_of } from "./bytes.js";
import { core } from "./core.js";
import { event_of } from "./event.js";

export function readStored(raw) {
  const bytes = new Uint8Array(bytes_of(raw, "raw"));
  let record;
  try {
    record = core.instance.read_stored(bytes);
  } catch (thrown) {
    throw core.failure(thrown);
  }
  return event_of(JSON.parse(record), bytes);
}
