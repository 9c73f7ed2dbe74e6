import { options_of } from "../settings.js";
import { LONGEST_SECONDS } from "./longest-seconds.js";

// A script runs alone in Redis. Each is safe to send twice (a client may after a time-out): a claim knows its own
// token. They are those of the Python package, so that both can share a ledger, and a test holds them alike; another
// holds the rule equal to `judge` over a grid of times.
const CLAIM = `
local token, committed, at = unpack(redis.call('HMGET', KEYS[1], 'token', 'committed', 'at'))
local now, lease, retention = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if token and token ~= ARGV[1] then
    local age = now - tonumber(at)
    if committed == '1' and age <= retention then
        return 'duplicate'
    elseif committed == '0' and math.abs(age) <= lease then
        return 'in_flight'
    end
end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'committed', '0', 'at', ARGV[2])
redis.call('EXPIRE', KEYS[1], lease * 2)
return 'new'
`;
const COMMIT = `
local token, committed = unpack(redis.call('HMGET', KEYS[1], 'token', 'committed'))
if committed ~= '1' then
    redis.call('HSET', KEYS[1], 'token', ARGV[1], 'committed', '1', 'at', ARGV[2])
    redis.call('EXPIRE', KEYS[1], tonumber(ARGV[3]) * 2)
end
return token == ARGV[1] and 1 or 0
`;
const RELEASE = `
local token, committed = unpack(redis.call('HMGET', KEYS[1], 'token', 'committed'))
if token == ARGV[1] and committed == '0' then
    redis.call('DEL', KEYS[1])
end
`;

/** Remembers keys in Redis; see redis.d.ts. */
export class RedisStore {
  durable = true;

  #client;
  #prefix;

  constructor(client, options) {
    const { prefix = "overten-webhook:" } = options_of(options, ["prefix"]);
    if (typeof client?.eval !== "function") {
      throw new TypeError("RedisStore needs a client of the package redis: createClient({ url }), connected");
    }
    if (typeof client.defineCommand === "function" || typeof client.createScript === "function") {
      throw new TypeError(
        "RedisStore needs a client of the package redis: that of another one, such as ioredis, takes eval in another form; " +
          "wrap it as { eval: (script, { keys, arguments: values }) => client.eval(script, keys.length, ...keys, ...values) }",
      );
    }
    this.#client = client;
    this.#prefix = prefix;
  }

  async claim(key, { token, now, leaseSeconds, retentionSeconds }) {
    return this.#run(CLAIM, key, token, now, Math.min(leaseSeconds, LONGEST_SECONDS), retentionSeconds);
  }

  async commit(key, { token, now, retentionSeconds }) {
    const kept = Math.min(retentionSeconds, LONGEST_SECONDS);
    return Number(await this.#run(COMMIT, key, token, now, kept)) === 1;
  }

  async release(key, { token }) {
    await this.#run(RELEASE, key, token);
  }

  #run(script, key, ...values) {
    return this.#client.eval(script, { keys: [this.#prefix + key], arguments: values.map(String) });
  }
}
