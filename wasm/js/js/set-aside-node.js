// The same in a folder, or on a stream: for hosts with files.

import { mkdir, open, rename, unlink } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import path from "node:path";
import { setAsideRecord } from "./set-aside.js";

/** See set-aside-node.d.ts. */
export function setAsideInFolder(folder) {
  const place = path.resolve(folder);
  const make = maker_of(place);
  /** One after the other: what another call has made is there for good only once that one has synced it. */
  let made = Promise.resolve();
  return async (delivery, reason) => {
    made = made.catch(() => {}).then(make);
    await made;
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

/** What makes a folder, and those that it is in, for good. */
function maker_of(place) {
  /** The topmost folder that was made and is not yet synced. */
  let topmost;
  return async () => {
    topmost = (await mkdir(place, { recursive: true })) ?? topmost;
    if (topmost === undefined) return;
    for (let folder = place; folder.length >= topmost.length; folder = path.dirname(folder)) await sync(path.dirname(folder));
    topmost = undefined;
  };
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
