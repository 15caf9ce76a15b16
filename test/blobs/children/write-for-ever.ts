/** Stores one content whole, then begins another that never ends; says so and waits to be killed. */
import { openFolderBlobs } from "../../../src/blobs/folder-blobs.ts";

const blobs = await openFolderBlobs({ folder: process.argv[2] ?? "" });

async function* once() {
  yield Buffer.from("whole");
}

async function* forEver() {
  for (let count = 0; ; count++) {
    yield Buffer.alloc(64 * 1024, count);
    if (count === 20) process.stdout.write("half way\n");
  }
}

await blobs.put(once(), 1e12);
await blobs.put(forEver(), 1e12);
