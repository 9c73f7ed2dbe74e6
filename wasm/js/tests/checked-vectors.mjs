// What a run of the vectors must have come to.

import assert from "node:assert/strict";
import { texts } from "./hosts/files.mjs";

export const files = texts();
export const catalogue = JSON.parse(files.codes).codes;

export function check({ deliveries, details, diagnoses, codes }) {
  const is_own_file = process.env.OVERTEN_VECTORS === undefined;
  for (const [what, { wrong }] of Object.entries({ deliveries, details, diagnoses, codes })) assert.deepEqual(wrong, [], what);
  assert.equal(deliveries.ran, deliveries.count);
  assert.equal(deliveries.ran, JSON.parse(files.deliveries).cases.length);
  assert.ok(deliveries.ran > (is_own_file ? 1000 : 0));
  assert.equal(deliveries.canaries.failed, deliveries.canaries.flipped, "a flipped case fails");
  if (is_own_file) assert.equal(deliveries.canaries.flipped, 3);
  assert.equal(details.ran, Object.values(JSON.parse(files.details)).filter(Array.isArray).flat().length);
  assert.equal(diagnoses.ran, diagnoses.count);
  assert.ok(diagnoses.ran > 200);
  assert.equal(codes.ran, codes.count);
  // A receiver's answers are 600 and up; the first four are C's, but for an argument without a meaning.
  const can_be_thrown = catalogue.filter(({ code, number }) => (number >= 100 && number < 600) || code === "invalid_argument");
  if (is_own_file) assert.deepEqual(codes.thrown, can_be_thrown.map(({ code }) => code).sort());
}
