// The shared scenarios of receiving, and running all of them.

import { readFile } from "node:fs/promises";
export * from "./play.mjs";

const file = process.env.OVERTEN_RECEIVING_VECTORS ?? new URL("../../../tests/vectors/receiving.json", import.meta.url);
// A clock may stand where no double can.
const text = (await readFile(file, "utf8")).replace(/("at": *)(-?[0-9]{16,})/g, '$1"$2"');
export const receiving = JSON.parse(text);

/**
 * Runs every scenario that can be said this way: how many ran, how many were left out by which rule, and what was
 * wrong.
 */
export async function run_all(unsayable, differences) {
  let ran = 0;
  const left_out = {};
  const wrong = [];
  for (const scenario of receiving.scenarios) {
    const why = Object.keys(unsayable).find((rule) => unsayable[rule](scenario));
    if (why) {
      left_out[why] = (left_out[why] ?? 0) + 1;
      continue;
    }
    wrong.push(...(await differences(scenario)));
    ran += 1;
  }
  return { ran, left_out, wrong, unsaid: Object.values(left_out).reduce((sum, count) => sum + count, 0) };
}
