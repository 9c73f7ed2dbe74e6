// A program of ours or of a framework's, as a user starts it.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Starts a Node program, and waits until it says where it listens; it is ended by a request to end, as a host does. */
export async function started(test, folder, given, variables) {
  const program = spawn(process.execPath, given, {
    cwd: folder,
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface(program.stdout);
  const ended = new Promise((resolve) => program.once("exit", (code, signal) => resolve(code ?? signal)));
  const stop = () => {
    program.kill("SIGTERM");
    return ended;
  };
  test.after(stop);
  const url = await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const found = /https?:\/\/[^/\s]+/.exec(line);
      if (found && !line.startsWith("{")) resolve(found[0].replace("localhost", "127.0.0.1"));
    });
    ended.then((code) => reject(new Error(`${folder} ended with ${code} before it listened`)));
  });
  return { url, stop };
}
