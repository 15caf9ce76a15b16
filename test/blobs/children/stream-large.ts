/** Streams 300 MB into a folder and out again, and prints by how much the process grew at most. */
import { openFolderBlobs } from "../../../src/blobs/folder-blobs.ts";

const CHUNKS = 300 * 16;
const chunk = Buffer.alloc(64 * 1024, 7);
const blobs = await openFolderBlobs({ folder: process.argv[2] ?? "" });

let baseRss = 0;
let peakRss = 0;
const look = () => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
};

async function* content(count: number) {
  for (let index = 0; index < count; index++) {
    chunk.writeUInt32LE(index, 0);
    if (index % 16 === 0) look();
    yield chunk;
  }
}

// What a process loads and compiles on first use is not what a large file costs.
const small = await blobs.put(content(32), 1e9);
for await (const _ of blobs.read(small.hash)) look();
baseRss = process.memoryUsage.rss();
peakRss = 0;

const { hash, sizeBytes } = await blobs.put(content(CHUNKS), 1e9);
let readBytes = 0;
for await (const part of blobs.read(hash)) {
  readBytes += part.length;
  look();
}
process.stdout.write(JSON.stringify({ sizeBytes, readBytes, grownMb: (peakRss - baseRss) / 1024 / 1024 }));
