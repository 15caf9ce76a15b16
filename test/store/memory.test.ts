/** The suite itself, on the store in memory: as one of several nodes, and as the only one. */
import { describeStore } from "./describe-store.ts";
import { openMemoryStore } from "./memory-store.ts";

describeStore("the store in memory", openMemoryStore);
describeStore("the store in memory that is alone", (options) => openMemoryStore({ ...options, isAlone: true }));
