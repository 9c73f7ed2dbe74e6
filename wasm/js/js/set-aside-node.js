// The same in a folder, or on a stream: for hosts with files.

import { mkdir, open, rename, unlink } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import path from "node:path";
import { setAsideRecord } from "./set-aside.js";

/** See set-aside-node.d.ts. */
export function setAsideInFolder(folder) {
  const place = path.resolve(folder);
  return async (delivery, reason) => {
    if (await mkdir(place, { recursive: true })) await sync(path.dirname(place));
    const temporary = path.join(place, `.${randomUUID()}.part`);
    try {
      await write_synced(temporary, `${JSON.stringify(setAsideRecord(delivery, reason))}\n`);
      await rename(temporary, path.join(place, `${delivery.bodyKey().replace("body=", "")}.json`));
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw error;
    }
    await sync(place);
  };
}

/** See set-aside-node.d.ts. */
export function setAsideInLog(stream = process.stderr) {
  /** Lines that are being written; one listener is for all of them, since Node warns of many. */
  let waiting = 0;
  const nothing = () => {};
  const listen = () => (waiting += 1) === 1 && stream.on("error", nothing);
  const leave = () => (waiting -= 1) === 0 && stream.off("error", nothing);
  return (delivery, reason) =>
    new Promise((resolve, reject) => {
      if (!stream.writable) throw new Error("the stream that deliveries are set aside on has ended");
      listen();
      stream.write(`${JSON.stringify(setAsideRecord(delivery, reason))}\n`, (error) => {
        // An error is emitted too, after this.
        setImmediate(leave);
        if (error) reject(error);
        else resolve();
      });
    });
}

async function write_synced(file, text) {
  const handle = await open(file, "wx");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename last. Windows cannot open a folder, and need not. */
async function sync(folder) {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
