// A receiver's settings in the form that the core takes them in.

import { kind_of } from "./bytes.js";
import { core } from "./core.js";
import { max_body_bytes_of, options_of, own, sides_of } from "./settings.js";

const STORE_METHODS = ["claim", "commit", "release"];

/** What stands for each level where no `log` is given. */
export function write_to_console(line, level) {
  console[level](line);
}

export function core_settings(given, is_durable) {
  const defaults = JSON.parse(core.instance.receiver_defaults(is_durable));
  const {
    path,
    scope = "run",
    tolerance,
    maxBodyBytes,
    retentionSeconds,
    leaseSeconds,
    mismatchStatus = 401,
    ...others
  } = own(given);
  const [other] = Object.keys(others);
  // A misspelt setting would leave a default in force unseen.
  if (other !== undefined) throw new TypeError(`there is no setting ${other}: see the type ReceiverSettings`);
  if (path !== undefined && typeof path !== "string")
    throw new TypeError(`path must be a string, not ${kind_of(path)}`);
  const { past, future } = sides_of(with_defaults(tolerance, defaults));
  return {
    path,
    scope: String(scope),
    past: past === undefined ? undefined : BigInt(past),
    future: future === undefined ? undefined : BigInt(future),
    max_body_bytes: max_body_bytes_of(maxBodyBytes),
    retention_seconds: seconds_of(retentionSeconds ?? defaults.retentionSeconds, "retentionSeconds"),
    lease_seconds: seconds_of(leaseSeconds ?? defaults.leaseSeconds, "leaseSeconds"),
    mismatch_status: String(mismatchStatus),
  };
}

/** A side that nothing is said of is as the store allows. */
function with_defaults(tolerance, { past, future }) {
  if (tolerance === undefined) return { past, future };
  if (typeof tolerance !== "object" || tolerance === null) return tolerance;
  const { past: given_past = past, future: given_future = future } = options_of(tolerance, ["past", "future"]);
  return { past: given_past, future: given_future };
}

function seconds_of(seconds, name) {
  if (Number.isSafeInteger(seconds) && seconds >= 1) return seconds;
  throw new RangeError(`${name} must be a whole number of seconds, at least 1`);
}

export function check_store(store) {
  if (typeof store?.getWithMetadata === "function") {
    throw new TypeError(
      "Workers KV cannot be a store: it has no atomic change of one key and shows a write elsewhere up to a minute " +
        "late, so that two deliveries of one event would both be new; use DurableObjectStore",
    );
  }
  const is_store = STORE_METHODS.every((name) => typeof store?.[name] === "function");
  if (is_store && typeof store.durable === "boolean") return;
  throw new TypeError(
    `store must have claim, commit, release and durable (true or false), not be ${kind_of(store)}: a client, pool or ` +
      "binding goes into RedisStore, PostgresStore or DurableObjectStore",
  );
}
