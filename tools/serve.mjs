// `make serve`: the whole route, until Ctrl-C; `make send` in another terminal sends to it.

import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as never } from "node:timers/promises";
import { STATE_FILE } from "./send.mjs";
import { saying, start, throw_away_secrets } from "./local.mjs";

const secrets = throw_away_secrets();
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stopping.abort());

console.log("serve: starting the Worker and the forwarder under wrangler dev");
const starting = start({
  secrets,
  on_delivery: ({ key, quarantined, body }) =>
    console.log(`serve: the origin received ${key}${quarantined ? " (quarantined)" : ""}: ${body.subarray(0, 200)}`),
  on_output: (line) => {
    // wrangler puts a word of its own in front of each line.
    const logged = /^(?:\[\w+\] )?(\{.*\})$/.exec(line)?.[1];
    if (logged) console.log(`serve: log ${logged}`);
  },
});
const route = await saying(() => "serve: wrangler dev is starting", starting);
try {
  await mkdir(path.dirname(STATE_FILE), { recursive: true });
  await writeFile(STATE_FILE, JSON.stringify({ url: route.url, secrets }), { mode: 0o600 });
  console.log(`serve: ready at ${route.url}
serve: in another terminal, a signed delivery:        make send
serve: one of your own, byte for byte from a file:    make send BODY=delivery.json
serve: the secrets were made just now and end with this run; they are in ${STATE_FILE}, for this account only
serve: Ctrl-C ends it`);
  await never(2 ** 31 - 1, undefined, { signal: stopping.signal }).catch(() => {});
} finally {
  await rm(STATE_FILE, { force: true });
  await route.stop();
}
