/** Keys that a session's agent keeps, and secrets that people give to a session. */
import { z } from "zod";
import type { GivenSecrets } from "../../app/session-storage/given-secrets.ts";
import { idParam, textParam } from "../../http/input.ts";
import { answer, empty, json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { sessionPath } from "./params.ts";
import { putSecretsBody, secretCount, sessionKeyList, sessionSecretList } from "./schema/session-storage.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

type Uses = Pick<RecordUseCases, "sessionStorage">;

const group = "session storage";
const secretPath = z.object({ session_id: idParam("session"), name: textParam(200) });

export function sessionStorageRoutes(uses: Uses): readonly Route[] {
  return [listKeysRoute(uses), listSecretsRoute(uses), putSecretsRoute(uses), deleteSecretRoute(uses)];
}

function listKeysRoute({ sessionStorage }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}/storage/keys",
      id: "listSessionKeys",
      group,
      summary: "List what the agent keeps under keys",
      params: sessionPath,
      responses: { 200: { description: "All keys with their values", schema: sessionKeyList } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await sessionStorage.listValues(principal, params.session_id), (found) => json(200, { data: [...found] })),
  );
}

function listSecretsRoute({ sessionStorage }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}/storage/secrets",
      id: "listSessionSecrets",
      group,
      summary: "List the names of a session's secrets",
      params: sessionPath,
      responses: { 200: { description: "All names; values are never shown", schema: sessionSecretList } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await sessionStorage.listSecrets(principal, params.session_id), (found) =>
        json(200, { data: [...found] }),
      ),
  );
}

function putSecretsRoute({ sessionStorage }: Uses): Route {
  return route(
    {
      method: "put",
      path: "/sessions/{session_id}/storage/secrets",
      id: "putSessionSecrets",
      group,
      summary: "Give a session secrets, or new values for those it has",
      description:
        "They are sealed at rest, and no answer and no tool shows them. Where the session's agent writes `{{secret.NAME}}` " +
        "into a URL or header of `web_fetch`, or into a request of `curl`, the value is filled in as the request leaves, " +
        "and only for the secret's own hosts.",
      params: sessionPath,
      body: { kind: "json", schema: putSecretsBody },
      responses: { 200: { description: "How many were given", schema: secretCount } },
      refusals: ["not_found"],
    },
    async ({ principal, params, body: { secrets } }) =>
      answer(
        await sessionStorage.putSecrets(principal, { sessionId: params.session_id, secrets: givenOf(secrets) }),
        (given) => json(200, given),
      ),
  );
}

function deleteSecretRoute({ sessionStorage }: Uses): Route {
  return route(
    {
      method: "delete",
      path: "/sessions/{session_id}/storage/secrets/{name}",
      id: "deleteSessionSecret",
      group,
      summary: "Take a secret from a session",
      params: secretPath,
      responses: { 204: { description: "Deleted" } },
      refusals: ["not_found"],
    },
    async ({ principal, params: { session_id: sessionId, name } }) =>
      answer(await sessionStorage.removeSecret(principal, { sessionId, name }), () => empty(204)),
  );
}

function givenOf(secrets: z.output<typeof putSecretsBody>["secrets"]): GivenSecrets {
  const given = Object.entries(secrets).map(([name, each]) => {
    const secret = typeof each === "string" ? { value: each, hosts: [] } : each;
    return [name, secret] as const;
  });
  return Object.fromEntries(given);
}
