/** Skills of a workspace: folders of instructions that agents and sessions are given by `skill:<name>`. */
import type { SkillRecords } from "../../app/skills/skills.ts";
import type { Limits } from "../../core/limits.ts";
import { readForm } from "../../http/multipart.ts";
import { answer, empty, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { decodeFiles, encodeSkill, encodeSkillContent } from "./encode-skill.ts";
import { envelopeOf, listQueryOf, recordQuery } from "./record-page.ts";
import { skillPath } from "./record-params.ts";
import { etagOf, readVersion, versionHeaders } from "./record-version.ts";
import {
  createSkillBody,
  editSkillBody,
  skill,
  skillContent,
  skillList,
  skillValidity,
  uploadSkillForm,
} from "./schema/skill.ts";

export interface SkillRouteDeps {
  readonly uses: { readonly skills: SkillRecords };
  readonly limits: Limits;
}

const base = "/skills";
const group = "skills";
const one = { description: "The skill", schema: skill, headers: versionHeaders } as const;
const made = ["already_exists", "invalid_document", "too_large", "storage_full"] as const;

export function skillRoutes(deps: SkillRouteDeps): readonly Route[] {
  return [
    listRoute(deps),
    createRoute(deps),
    uploadRoute(deps),
    validateRoute(deps),
    getRoute(deps),
    contentRoute(deps),
    editRoute(deps),
    deleteRoute(deps),
  ];
}

/** Files come as base64 in JSON. */
function bodyLimit({ fileBodyBytes }: Limits) {
  return { maxBytes: fileBodyBytes, setting: "fileBodyBytes" };
}

function listRoute({ uses }: SkillRouteDeps): Route {
  return route(
    {
      method: "get",
      path: base,
      id: "listSkills",
      group,
      summary: "List skills, newest first",
      query: recordQuery,
      responses: { 200: { description: "A page of skills", schema: skillList } },
    },
    async ({ principal, query }) =>
      json(200, envelopeOf(await uses.skills.list(principal, listQueryOf(query)), query, encodeSkill)),
  );
}

function createRoute({ uses, limits }: SkillRouteDeps): Route {
  return route(
    {
      method: "post",
      path: base,
      id: "createSkill",
      group,
      summary: "Make a skill",
      description: "Its name and description are those of its SKILL.md.",
      body: { kind: "json", schema: createSkillBody, limit: bodyLimit(limits) },
      responses: { 201: one },
      refusals: made,
    },
    async ({ principal, body: { skill_md: skillMd, files } }) =>
      answer(await uses.skills.create(principal, { skillMd, files: decodeFiles(files) }), (found) =>
        json(201, encodeSkill(found), { ...etagOf(found), Location: `/api/v1${base}/${found.id}` }),
      ),
  );
}

function uploadRoute({ uses, limits }: SkillRouteDeps): Route {
  return route(
    {
      method: "post",
      path: `${base}/upload`,
      id: "uploadSkill",
      group,
      summary: "Make a skill of a ZIP archive",
      description:
        "SKILL.md is at its top, or in the one folder that holds everything. Links, sealed entries, and paths that lead " +
        "out of the folder are refused by their names.",
      body: { kind: "form", schema: uploadSkillForm, description: "A form with the archive as its part `file`" },
      responses: { 201: one },
      refusals: [...made, "unsupported_content"],
    },
    async ({ principal, body, header }) => {
      const file = { fileField: "file", maxFileBytes: limits.skillBytes, setting: "skillBytes" };
      const read = await readForm(body, { contentType: header("content-type"), ...file }, (form) =>
        uses.skills.upload(principal, form.content),
      );
      if (!read.ok) return { kind: "problem", problem: read.problem };
      return answer(read.value, (found) =>
        json(201, encodeSkill(found), { ...etagOf(found), Location: `/api/v1${base}/${found.id}` }),
      );
    },
  );
}

function validateRoute({ uses, limits }: SkillRouteDeps): Route {
  return route(
    {
      method: "post",
      path: `${base}/validate`,
      id: "validateSkill",
      group,
      summary: "Say what is wrong with a skill",
      description: "Makes nothing. A name that another skill has is no fault.",
      access: "read",
      body: { kind: "json", schema: createSkillBody, limit: bodyLimit(limits) },
      responses: { 200: { description: "All that is wrong with it", schema: skillValidity } },
    },
    async ({ body: { skill_md: skillMd, files } }) => {
      const faults = await uses.skills.validate({ skillMd, files: decodeFiles(files) });
      return json(200, { valid: faults.length === 0, errors: [...faults] });
    },
  );
}

function getRoute({ uses }: SkillRouteDeps): Route {
  return route(
    {
      method: "get",
      path: `${base}/{skill_id}`,
      id: "getSkill",
      group,
      summary: "Get a skill",
      params: skillPath,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await uses.skills.get(principal, params.skill_id), (found) =>
        json(200, encodeSkill(found), etagOf(found)),
      ),
  );
}

function contentRoute({ uses }: SkillRouteDeps): Route {
  return route(
    {
      method: "get",
      path: `${base}/{skill_id}/content`,
      id: "readSkill",
      group,
      summary: "Read a skill with all its files",
      params: skillPath,
      responses: { 200: { description: "SKILL.md and the files beside it", schema: skillContent } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await uses.skills.content(principal, params.skill_id), (found) => json(200, encodeSkillContent(found))),
  );
}

function editRoute({ uses, limits }: SkillRouteDeps): Route {
  return route(
    {
      method: "patch",
      path: `${base}/{skill_id}`,
      id: "editSkill",
      group,
      summary: "Change a skill",
      description: "Sessions have it from their next turn on, and its files when it is activated again.",
      params: skillPath,
      body: { kind: "json", schema: editSkillBody, limit: bodyLimit(limits) },
      responses: { 200: one },
      refusals: ["not_found", "version_conflict", ...made],
    },
    async (request) => {
      const version = readVersion(request);
      if (!version.ok) return refused(version.refusal);
      const { skill_md: skillMd, files } = request.body;
      const change = {
        id: request.params.skill_id,
        ...version.value,
        ...(skillMd === undefined ? {} : { skillMd }),
        ...(files === undefined ? {} : { files: decodeFiles(files) }),
      };
      return answer(await uses.skills.update(request.principal, change), (found) =>
        json(200, encodeSkill(found), etagOf(found)),
      );
    },
  );
}

function deleteRoute({ uses }: SkillRouteDeps): Route {
  return route(
    {
      method: "delete",
      path: `${base}/{skill_id}`,
      id: "deleteSkill",
      group,
      summary: "Delete a skill",
      description: "Agents that have it keep the reference and go on without it; files of sessions stay.",
      params: skillPath,
      responses: { 204: { description: "Deleted" } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => answer(await uses.skills.remove(principal, params.skill_id), () => empty(204)),
  );
}
