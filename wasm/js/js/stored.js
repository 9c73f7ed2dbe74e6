// Events from bytes that were verified before.

import { bytes_of } from "./bytes.js";
import { core } from "./core.js";
import { event_of } from "./event.js";
import { Kept } from "./kept.js";

export function readStored(raw) {
  const bytes = new Uint8Array(bytes_of(raw, "raw"));
  const record = core.call((instance) => instance.read_stored(bytes));
  return event_of(record, new Kept(record, bytes));
}
