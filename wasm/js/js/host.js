// What the host does faster than the module, where it has it. Nothing is decided here.

/** What `look` finds in a module of the host, in which there may be none, or a stand-in that throws or has something else. */
function found(name, look) {
  try {
    // Not an import: one would fail to resolve in browsers and in bundlers.
    return look(globalThis.process.getBuiltinModule(name));
  } catch {
    return undefined;
  }
}

const DIGEST_BYTES = 32;

/** The plain SHA-256 of bytes as a text, which is made sooner than a buffer. The module tries it before it relies on it. */
const sha256 = found("node:crypto", ({ createHash, hash }) =>
  hash
    ? (bytes) => hash("sha256", bytes, "latin1")
    : createHash && ((bytes) => createHash("sha256").update(bytes).digest("latin1")),
);

/** The text of ASCII bytes, sooner than a decoder gives it. */
export const ascii_text = found("node:buffer", ({ Buffer }) => {
  const { latin1Slice } = Buffer.prototype;
  const text = (bytes, begin, end) => latin1Slice.call(bytes, begin, end);
  return text(Uint8Array.of(0x20, 0x7e, 0x00, 0x20), 1, 3) === "~\0" ? text : undefined;
});

/** What the module asks in the midst of a call. */
class Host {
  #memory;

  constructor(memory) {
    this.#memory = memory;
  }

  /** Writes the hash of so many bytes of the memory to `to`; false where there is none, and the module then hashes itself. */
  sha256(at, length, to) {
    try {
      const bytes = this.#memory();
      const content = bytes.subarray(at, at + length);
      const digest = sha256(content);
      if (content.length !== length || digest.length !== DIGEST_BYTES) return false;
      for (let index = 0; index < DIGEST_BYTES; index += 1) bytes[to + index] = digest.charCodeAt(index);
      return true;
    } catch {
      return false;
    }
  }
}

/** What hashes in the memory that the function gives, as it is at each time; undefined where there is no such hash. */
export const host_of = sha256 && ((memory) => new Host(memory));
