// The adapter of SvelteKit in an application that it has built.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { check_server, CONTENT_TYPES, SECRET } from "./deliveries.mjs";
import { started } from "./programs.mjs";

const APPLICATION = fileURLToPath(new URL("sveltekit/", import.meta.url));
const VITE = fileURLToPath(new URL("../../node_modules/vite/bin/vite.js", import.meta.url));

test("a SvelteKit endpoint answers every kind of request as the core says", async (test) => {
  const built = spawnSync(process.execPath, [VITE, "build"], { cwd: APPLICATION, encoding: "utf8" });
  assert.equal(built.status, 0, built.stdout + built.stderr);
  const given = [VITE, "preview", "--host", "127.0.0.1", "--port", "0"];
  const { url } = await started(test, APPLICATION, given, { OVERTEN_WEBHOOK_SECRETS: SECRET, NO_COLOR: "1" });
  // SvelteKit refuses forms and plain texts that name no origin; Overten sends JSON.
  await check_server(url, { content_types: CONTENT_TYPES.filter((type) => type?.startsWith("application/json")) });
});
