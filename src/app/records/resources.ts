/** The generic use cases, bound to one kind. A kind's file says what is special about it and nothing else. */
import type { Outcome } from "../../core/refusal.ts";
import { applyRecord } from "./apply-record.ts";
import type { Applied } from "./apply-record.ts";
import { createRecord } from "./create-record.ts";
import type { CreateRecord } from "./create-record.ts";
import { findRecord, getRecord } from "./get-record.ts";
import { listRecords } from "./list-records.ts";
import type { RecordListQuery, RecordPage } from "./list-records.ts";
import { removeRecord } from "./remove-record.ts";
import type { KindDeps, Reader, Resource, Writer } from "./resource.ts";
import { updateRecord } from "./update-record.ts";
import type { UpdateRecord } from "./update-record.ts";

export interface Resources<Body> {
  create(writer: Writer, command: CreateRecord): Promise<Outcome<Resource<Body>>>;
  get(reader: Reader, id: string): Promise<Outcome<Resource<Body>>>;
  /** Among those that are not archived. */
  find(reader: Reader, name: string): Promise<Resource<Body> | undefined>;
  list(reader: Reader, query: RecordListQuery): Promise<RecordPage<Body>>;
  update(writer: Writer, change: UpdateRecord & { readonly id: string }): Promise<Outcome<Resource<Body>>>;
  /** Updates the one of this name or makes it. */
  apply(writer: Writer, command: CreateRecord): Promise<Outcome<Applied<Body>>>;
  /** Archives or deletes, by kind. */
  remove(writer: Writer, id: string): Promise<Outcome<Resource<Body>>>;
}

export function makeResources<Body>(deps: KindDeps<Body>): Resources<Body> {
  return {
    create: (writer, command) => createRecord(deps, writer, command),
    get: (reader, id) => getRecord(deps, reader, id),
    find: (reader, name) => findRecord(deps, reader, name),
    list: (reader, query) => listRecords(deps, reader, query),
    update: (writer, change) => updateRecord(deps, writer, change),
    apply: (writer, command) => applyRecord(deps, writer, command),
    remove: (writer, id) => removeRecord(deps, writer, id),
  };
}
