/** On a disk of 2 MB: stores more than fits, then something that does. */
import { readdirSync } from "node:fs";

import { openFolderBlobs } from "../../../src/blobs/folder-blobs.ts";

const folder = process.argv[2] ?? "";
const blobs = await openFolderBlobs({ folder });

async function* content(megabytes: number) {
  for (let count = 0; count < megabytes * 10; count++) yield Buffer.alloc(100_000, count);
}

const fault: unknown = await blobs.put(content(5), 1e9).catch((error: unknown) => error);
const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const { sizeBytes: stored } = await blobs.put(content(1), 1e9);
const { name, cause } = fault as Error;
process.stdout.write(
  JSON.stringify({
    fault: name,
    cause: (cause as { code?: string }).code,
    left: left.map((entry) => entry.name),
    stored,
  }),
);
