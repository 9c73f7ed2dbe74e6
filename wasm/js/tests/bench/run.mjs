// Verifying and reading one delivery, in Node and in workerd, as one section of Markdown; how far it is goes to standard error.
//
//   node wasm/js/tests/bench/run.mjs [TURNS]

import { readdirSync, readFileSync } from "node:fs";
import { started } from "../workerd.mjs";
import { RECIPES, run } from "./recipes.mjs";

const SIZES = [256, 1024, 4096, 16384, 65536, 262144, 1048576 - 1024];
const AIMED_AT = 1024;
const WARM_TIMES = 20_000;
const OURS = "overten-webhook";
const TURNS = Number(process.argv[2] ?? 7);
/** The kernel counts another process in hundredths of a second. */
const TICK_MS = 10;

const worker = await started("bench/recipes.mjs", { compatibilityFlags: ["nodejs_compat"] });
const HOSTS = {
  node: {
    title: `Node ${process.version.slice(1)}`,
    turn_ms: 60,
    work: run,
    spent_ms: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
  },
  workerd: {
    title: "workerd",
    turn_ms: 400,
    async work(what) {
      const answer = await fetch(worker.url, { method: "POST", body: JSON.stringify(what) });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(text);
    },
    spent_ms: () => workerd_processes().reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) * TICK_MS, 0),
  },
};

/** What the kernel says of each workerd that this process started, from its state on. */
function workerd_processes() {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const [name, rest] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
      return name.endsWith("(workerd") ? [rest.split(" ")] : [];
    } catch {
      return []; // it has ended
    }
  });
  return processes.filter(([, parent]) => parent === String(process.pid));
}

try {
  const reached = [];
  console.log("## JavaScript: a delivery verified and its event read\n");
  console.log(about());
  for (const [name, host] of Object.entries(HOSTS)) {
    console.log(`\n### ${host.title}: microseconds of processor time\n`);
    console.log(row(["bytes", ...Object.keys(RECIPES)]));
    console.log(row(["---", ...Object.keys(RECIPES).map(() => "---:")]));
    // Until the engine has compiled what is called so often, in the background too, it is another program.
    for (const recipe of Object.keys(RECIPES)) await host.work({ recipe, bytes: AIMED_AT, times: WARM_TIMES });
    for (const bytes of SIZES) {
      console.error(`bench-js: ${name}, ${bytes} bytes`);
      const least = await microseconds(host, bytes);
      console.log(row([bytes.toLocaleString("en"), ...Object.values(least).map((each) => each.toFixed(1))]));
      if (bytes === AIMED_AT) reached.push(...aims_of(host, least));
    }
  }
  console.log(`\n${row(["aim", "asked", "reached"])}\n${row(["---", "---", "---"])}`);
  for (const each of reached) console.log(row(each));
} finally {
  await worker.stop();
}

function about() {
  const { packages } = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
  const peers = ["standardwebhooks", "svix", "stripe"].map((name) => `${name} ${packages[`node_modules/${name}`].version}`);
  return (
    "Ours beside WebCrypto (`importKey` once, `verify`) with `JSON.parse`, `node:crypto` with `JSON.parse`, " +
    `${peers.join(", ")}, each as its own documentation has it. The least of ${TURNS} turns, in which they take their turn ` +
    "one after the other: processor time of the process, so that a busy machine bothers all alike."
  );
}

function row(cells) {
  return `| ${cells.join(" | ")} |`;
}

/** What is aimed at, with what came of it. */
function aims_of({ title }, { [OURS]: ours, ...peers }) {
  const at_least = (peer, factor) => [
    `${title}, 1 KiB: ahead of ${peer}`,
    `≥ ${factor}×`,
    `${(peers[peer] / ours).toFixed(2)}× ${peers[peer] / ours >= factor ? "met" : "missed"}`,
  ];
  const times = ours / peers["node:crypto"];
  return [
    at_least("WebCrypto", 3),
    at_least("standardwebhooks", 5),
    [`${title}, 1 KiB: time of node:crypto with JSON.parse`, "≤ 1.0×", `${times.toFixed(2)}× ${times <= 1 ? "met" : "missed"}`],
  ];
}

/** Microseconds for one delivery, by recipe. */
async function microseconds(host, bytes) {
  const recipes = Object.keys(RECIPES);
  const times = [];
  for (const recipe of recipes) times.push(await times_of(host, recipe, bytes));
  const least = Object.fromEntries(recipes.map((recipe) => [recipe, Infinity]));
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const [at, recipe] of recipes.entries()) {
      const us = ((await spent(host, { recipe, bytes, times: times[at] })) / times[at]) * 1000;
      least[recipe] = Math.min(least[recipe], us);
    }
  }
  return least;
}

/** How many times fill a turn. */
async function times_of(host, recipe, bytes) {
  for (let times = 1; ; times *= 4) {
    const ms = await spent(host, { recipe, bytes, times });
    if (ms > host.turn_ms / 4) return Math.max(1, Math.round((times * host.turn_ms) / ms));
  }
}

async function spent({ work, spent_ms }, what) {
  const before = spent_ms();
  await work(what);
  return spent_ms() - before;
}
