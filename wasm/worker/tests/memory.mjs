// Imported before the bundle: sees the memory of the wasm that the bundle makes.

const Instance = WebAssembly.Instance;
let memory;

WebAssembly.Instance = class extends Instance {
  constructor(module, imports) {
    super(module, imports);
    memory = this.exports.memory;
  }
};

/** How large the memory of the wasm is, and how often each of these texts stands in it. */
export function look(texts) {
  const all = new TextDecoder("latin1").decode(new Uint8Array(memory.buffer));
  return { bytes: memory.buffer.byteLength, found: texts.map((text) => all.split(text).length - 1) };
}
