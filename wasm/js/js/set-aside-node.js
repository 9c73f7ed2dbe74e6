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
  return (delivery, reason) =>
    new Promise((resolve, reject) => {
      if (!stream.writable) throw new Error("the stream that deliveries are set aside on has ended");
      stream.once("error", reject);
      stream.write(`${JSON.stringify(setAsideRecord(delivery, reason))}\n`, (error) => {
        if (error) return reject(error); // it is emitted too, right after this
        stream.off("error", reject);
        resolve();
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
