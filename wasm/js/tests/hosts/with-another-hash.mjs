// Runs the vectors, as vectors.mjs does, in a Node whose own hash is another one: which, the argument says.

import crypto from "node:crypto";
import process from "node:process";

const { createHash, hash } = crypto;
const of_nothing = hash("sha256", "", "latin1");
let asked = 0;

const HASHES = {
  none: {},
  "an older Node's": { createHash },
  counted: { hash: (...given) => ((asked += 1), hash(...given)) },
  constant: { hash: () => of_nothing },
};

const built_in = process.getBuiltinModule;
process.getBuiltinModule = (name) => (name === "node:crypto" ? HASHES[process.argv[2]] : built_in(name));
await import("./vectors.mjs");
console.error(asked);
