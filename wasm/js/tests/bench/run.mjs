// Verifying and reading one delivery, in Node and in workerd: microseconds of processor time, the least of several turns in
// which the recipes take their turn one after the other, so that a busy machine bothers all alike.
//
//   node wasm/js/tests/bench/run.mjs [TURNS]

import { readdirSync, readFileSync } from "node:fs";
import { started } from "../workerd.mjs";
import { RECIPES, run } from "./recipes.mjs";

const SIZES = [256, 1024, 4096, 16384, 65536, 262144, 1048576 - 1024];
const TURNS = Number(process.argv[2] ?? 7);
/** The kernel counts another process in hundredths of a second. */
const TICK_MS = 10;

const worker = await started("bench/recipes.mjs", { compatibilityFlags: ["nodejs_compat"] });
const HOSTS = {
  node: {
    turn_ms: 60,
    work: run,
    spent_ms: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
  },
  workerd: {
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
  for (const [name, host] of Object.entries(HOSTS)) {
    console.log(`\n${name}${name === "node" ? ` ${process.version}` : ""}: microseconds of processor time for one delivery`);
    console.log(["bytes", ...Object.keys(RECIPES)].map((each) => each.padStart(17)).join(""));
    for (const bytes of SIZES) {
      const row = [bytes, ...(await microseconds(host, bytes))];
      console.log(row.map((cell) => String(cell).padStart(17)).join(""));
    }
  }
} finally {
  await worker.stop();
}

async function microseconds(host, bytes) {
  const recipes = Object.keys(RECIPES);
  const times = [];
  for (const recipe of recipes) times.push(await times_of(host, recipe, bytes));
  const least = recipes.map(() => Infinity);
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const [at, recipe] of recipes.entries()) {
      least[at] = Math.min(least[at], (await spent(host, { recipe, bytes, times: times[at] })) / times[at]);
    }
  }
  return least.map((ms) => (ms * 1000).toFixed(1));
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
