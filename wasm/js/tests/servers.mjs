// A real Redis and a real Postgres, each for one test file: on a socket file in a folder of its own, ended by process
// id.

import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";

/** Debian's redis-server: its socket file, what makes it hang, and what stops it. */
export async function redis_server() {
  const folder = await temporary_folder();
  const socket = path.join(folder, "redis.sock");
  const given = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder, "--daemonize", "no"];
  const server = spawn("redis-server", given, { stdio: ["ignore", "pipe", "inherit"] });
  await is_ready(server, "stdout", /ready to accept connections/i);
  const hang = (is_hung) => server.kill(is_hung ? "SIGSTOP" : "SIGCONT");
  return { socket, hang, stop: () => stopped(server, folder) };
}

/** Ends every connection, as a restart does; gives how many there were. */
export async function drop_connections(reached) {
  const client = new pg.Client(reached);
  await client.connect();
  const { rowCount } = await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
  );
  await client.end();
  return rowCount;
}

/** Debian's Postgres, which no superuser may run: how the package pg reaches it, and what stops it. */
export async function postgres_server() {
  const folder = await temporary_folder();
  const owner = owner_of_postgres();
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = path.join(folder, "data");
  execFileSync(postgres_program("initdb"), ["-D", data, "-A", "trust", "-U", "test", "--no-sync"], {
    stdio: "pipe",
    cwd: folder,
    ...owner,
  });
  const given = ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=80"];
  const server = spawn(postgres_program("postgres"), given, {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: folder,
    ...owner,
  });
  await is_ready(server, "stderr", /ready to accept connections/);
  return { reached: { host: folder, user: "test", database: "postgres" }, stop: () => stopped(server, folder) };
}

function owner_of_postgres() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

function postgres_program(name) {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => path.join(debian, version, "bin", name)).find(existsSync) ?? name;
}

function temporary_folder() {
  return mkdtemp(path.join(tmpdir(), "overten-"));
}

function is_ready(server, stream, says_so) {
  return new Promise((resolve, reject) => {
    const said = [];
    createInterface(server[stream]).on("line", (line) => {
      said.push(line);
      if (says_so.test(line)) resolve();
    });
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`${server.spawnfile} ended with ${code}: ${said.join("\n")}`)));
  });
}

async function stopped(server, folder) {
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGINT");
  await ended;
  await rm(folder, { recursive: true, force: true });
}
