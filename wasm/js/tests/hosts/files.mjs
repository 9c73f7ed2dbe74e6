// The vectors' texts, in a host that has Node's modules.

import { readFileSync } from "node:fs";
import process from "node:process";

const vectors = (name) => new URL(`../../../../tests/vectors/${name}.json`, import.meta.url);

export function texts() {
  const read = (name) => readFileSync(vectors(name), "utf8");
  return {
    deliveries: readFileSync(process.env.OVERTEN_VECTORS ?? vectors("deliveries"), "utf8"),
    details: read("details"),
    diagnose: read("diagnose"),
    codes: read("codes"),
  };
}
