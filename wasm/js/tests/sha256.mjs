// SHA-256's compression, to know what a keyed HMAC state looks like in memory. Nobody's hash but this test's.

const roots = (power, count) => {
  const found = [];
  for (let n = 2; found.length < count; n += 1) {
    if (Array.from({ length: n - 2 }, (_, at) => at + 2).every((d) => n % d)) found.push(Math.floor((n ** (1 / power) % 1) * 2 ** 32) >>> 0);
  }
  return found;
};
const K = roots(3, 64);
const rotated = (x, by) => (x >>> by) | (x << (32 - by));

/** The state after a key's block (`pad` is 0x36 or 0x5c), as the bytes of eight little-endian words. */
export function block_state(key, pad) {
  const block = Buffer.alloc(64, pad);
  Buffer.from(key).forEach((byte, at) => (block[at] ^= byte));
  const w = Array.from({ length: 16 }, (_, at) => block.readUInt32BE(4 * at));
  for (let at = 16; at < 64; at += 1) {
    const [a, b] = [w[at - 15], w[at - 2]];
    const s0 = rotated(a, 7) ^ rotated(a, 18) ^ (a >>> 3);
    const s1 = rotated(b, 17) ^ rotated(b, 19) ^ (b >>> 10);
    w[at] = (w[at - 16] + s0 + w[at - 7] + s1) >>> 0;
  }
  const initial = roots(2, 8);
  let [a, b, c, d, e, f, g, h] = initial;
  for (let at = 0; at < 64; at += 1) {
    const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[at] + w[at]) >>> 0;
    const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) >>> 0;
    [a, b, c, d, e, f, g, h] = [(t1 + t2) >>> 0, a, b, c, (d + t1) >>> 0, e, f, g];
  }
  const state = Buffer.alloc(32);
  [a, b, c, d, e, f, g, h].forEach((word, at) => state.writeUInt32LE((word + initial[at]) >>> 0, 4 * at));
  return state;
}
