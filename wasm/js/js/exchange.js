// One verification's way into the module and out of it, in memory that the next one uses again.

/** The exchange of the instance that is alive. */
let exchange;
let made_in;
/** Of the module's memory as it is now: it may grow in any call, and the views are then empty. */
let bytes = new Uint8Array();
let words = new Uint32Array();

/** The record of a delivery, copied; what the core refuses is thrown as its text. */
export function judged(instance, verifier, body, [signature, timestamp, , content_length], now) {
  if (made_in !== instance) {
    exchange = new instance.Exchange();
    made_in = instance;
    bytes = words = new Uint8Array();
  }
  const values = (signature?.length ?? 0) + (timestamp?.length ?? 0) + (content_length?.length ?? 0);
  const place = exchange.room(body.length + values) >>> 0;
  look_at(instance.memory);
  bytes.set(body, place);
  let end = write(signature, place + body.length);
  end = write(timestamp, end);
  write(content_length, end);
  const found = verifier.verify(
    exchange,
    body.length,
    signature?.length ?? -1,
    timestamp?.length ?? -1,
    content_length?.length ?? -1,
    now,
  );
  if (found === 0) throw exchange.refusal();
  look_at(instance.memory);
  return copied((found >>> 0) / 4);
}

function look_at(memory) {
  if (bytes.length > 0) return;
  bytes = new Uint8Array(memory.buffer);
  words = new Uint32Array(memory.buffer);
}

/** Writes a header's value, and gives its end. What is not ASCII is no part of any value: one such byte stands for it. */
function write(value, at) {
  if (value === undefined) return at;
  const { length } = value;
  for (let index = 0; index < length; index += 1) {
    const code = value.charCodeAt(index);
    bytes[at + index] = code < 0x80 ? code : 0xff;
  }
  return at + length;
}

/** Not a typed array: so small a one costs more than its words. */
function copied(begin) {
  const record = [];
  const end = begin + words[begin];
  for (let at = begin; at < end; at += 1) record.push(words[at]);
  return record;
}
