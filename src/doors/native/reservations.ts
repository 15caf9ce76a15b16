/** Reservations: who holds which path, taking and giving back, and the check that a git guard asks for (R1–R12). */
import { z } from "zod";
import type { TakeCommand } from "../../app/team/take-reservations.ts";
import type { SessionId } from "../../core/ids.ts";
import { parseId } from "../../core/ids.ts";
import { idParam, textParam } from "../../http/input.ts";
import { offsetPage } from "../../http/paging.ts";
import { answer, empty, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { given } from "../../lib/given.ts";
import { checkText, encodeReservation, placeOf } from "./encode-reservation.ts";
import {
  checkBody,
  checked,
  released,
  releaseBody,
  renewBody,
  reservation,
  reservationList,
  takeBody,
  taken,
  waitBody,
  waiting,
} from "./schema/reservation.ts";
import type { ReservationUseCases } from "./use-cases-reservations.ts";

const group = "reservations";
const base = "/reservations";
const path = z.object({ reservation_id: idParam("reservation") });

export function reservationRoutes(uses: ReservationUseCases): readonly Route[] {
  return [
    listRoute(uses),
    takeRoute(uses),
    checkRoute(uses),
    releaseRoute(uses),
    waitRoute(uses),
    renewRoute(uses),
    forceRoute(uses),
    deleteRoute(uses),
  ];
}

/** A session that is named in a body and cannot be one is not there (ruling 3). */
function sessionNamed(text: string) {
  const id = parseId("session", text);
  return id === undefined ? refused({ code: "not_found", kind: "session", id: text.slice(0, 100) }) : id;
}

const listQuery = z.object({
  limit: offsetPage.limit,
  cursor: idParam("reservation").optional(),
  repository: textParam(500).optional().describe("Its name, or a URL of it"),
  session_id: idParam("session").optional(),
});

function listRoute({ reservations }: ReservationUseCases): Route {
  return route(
    {
      method: "get",
      path: base,
      id: "listReservations",
      group,
      summary: "List what is reserved in the workspace, newest first",
      query: listQuery,
      responses: { 200: { description: "A page of reservations", schema: reservationList } },
    },
    async ({ principal, query: { limit, cursor, repository, session_id: sessionId } }) => {
      const page = await reservations.list(principal, { limit, ...given({ cursor, repository, sessionId }) });
      return json(200, {
        data: page.reservations.map(encodeReservation),
        limit,
        has_more: page.next !== null,
        next_cursor: page.next,
      });
    },
  );
}

function takeRoute({ reservations }: ReservationUseCases): Route {
  return route(
    {
      method: "post",
      path: base,
      id: "takeReservations",
      group,
      summary: "Reserve paths for a session: all of them, or none",
      description:
        "What the session holds already stays as it is, with its deadline moved. If somebody else holds one of the paths, or a directory " +
        "above or below it, nothing is reserved and the answer says who.",
      body: { kind: "json", schema: takeBody },
      responses: { 201: { description: "All of them are reserved", schema: taken } },
      refusals: ["not_found", "reserved", "not_allowed"],
    },
    async ({ principal, body }) => {
      const id = sessionNamed(body.session_id);
      if (typeof id !== "string") return id;
      const { paths, mode, ttl_ms: ttlMs, policy } = body;
      const command: TakeCommand = { paths, mode, ttlMs, ...placeOf(body), ...given({ policy }) };
      return answer(await reservations.take(principal, id, command), ({ listed, warnings }) =>
        json(201, { data: listed.map(encodeReservation), warnings: [...warnings] }),
      );
    },
  );
}

function checkRoute({ reservations }: ReservationUseCases): Route {
  return route(
    {
      method: "post",
      path: `${base}/check`,
      // The guard of commits asks here, in an agent's checkout as well.
      takesBoundKeys: true,
      id: "checkReservations",
      group,
      summary: "Ask whether paths may be written; nothing is reserved",
      description:
        "For guards. Without a session or conversation that is known, the user's own agents in the same working tree are only warned of. " +
        "With `Accept: text/plain`: the word `allow` or `deny`, then a message a line.",
      access: "read",
      body: { kind: "json", schema: checkBody },
      responses: { 200: { description: "The answer for each path", schema: checked, content: "text/plain" } },
      refusals: ["not_found"],
    },
    async ({ principal, body, header }) => {
      const sessionId = body.session_id === undefined ? undefined : sessionNamed(body.session_id);
      if (sessionId !== undefined && typeof sessionId !== "string") return sessionId;
      const { paths, policy, conversation_id: conversationId } = body;
      const command = { paths, ...placeOf(body), ...given({ policy, conversationId, sessionId }) };
      const isText = (header("accept") ?? "").includes("text/plain");
      return answer(await reservations.check(principal, command), (found) => {
        if (!isText) return json(200, { data: found.paths.map((one) => ({ ...one })), permission: found.permission });
        const headers = { "Content-Type": "text/plain; charset=utf-8" };
        return { kind: "raw", status: 200, body: checkText(found), headers } as const;
      });
    },
  );
}

function releaseRoute({ reservations }: ReservationUseCases): Route {
  return route(
    {
      method: "post",
      path: `${base}/release`,
      id: "releaseReservations",
      group,
      summary: "Give back what a session holds: some paths, or everything",
      description: "A directory stands for all that is held below it. What is not held is no fault.",
      body: { kind: "json", schema: releaseBody },
      responses: { 200: { description: "What was given back", schema: released } },
      refusals: ["not_found"],
    },
    async ({ principal, body }) => {
      const id = sessionNamed(body.session_id);
      if (typeof id !== "string") return id;
      const { paths } = body;
      const what = paths === undefined ? {} : { paths: { paths, ...placeOf(body) } };
      return answer(await reservations.release(principal, id, what), (listed) =>
        json(200, { data: listed.map(encodeReservation) }),
      );
    },
  );
}

function waitRoute({ reservations }: ReservationUseCases): Route {
  return route(
    {
      method: "post",
      path: `${base}/wait`,
      id: "waitForReservations",
      group,
      summary: "Have a session's agent told when paths are free",
      body: { kind: "json", schema: waitBody },
      responses: { 200: { description: "What it waits for, and what is free already", schema: waiting } },
      refusals: ["not_found", "not_allowed"],
    },
    async ({ principal, body }) => {
      const id: SessionId | ReturnType<typeof refused> = sessionNamed(body.session_id);
      if (typeof id !== "string") return id;
      const { paths, policy } = body;
      return answer(
        await reservations.wait(principal, id, { paths, ...placeOf(body), ...given({ policy }) }),
        (found) => json(200, { waiting_for: [...found.waitingFor], free: [...found.free] }),
      );
    },
  );
}

function renewRoute({ reservations }: ReservationUseCases): Route {
  return route(
    {
      method: "post",
      path: `${base}/{reservation_id}/renew`,
      id: "renewReservation",
      group,
      summary: "Move a reservation's deadline",
      params: path,
      body: { kind: "json", schema: renewBody, isOptional: true },
      responses: { 200: { description: "The reservation", schema: reservation } },
      refusals: ["not_found"],
    },
    async ({ principal, params, body }) =>
      answer(
        await reservations.renew(principal, params.reservation_id, (body ?? renewBody.parse({})).ttl_ms),
        (listed) => json(200, encodeReservation(listed)),
      ),
  );
}

function forceRoute({ reservations }: ReservationUseCases): Route {
  return route(
    {
      method: "post",
      path: `${base}/{reservation_id}/force-release`,
      id: "forceReleaseReservation",
      group,
      summary: "Take a reservation away from its holder",
      description:
        "Owners may at any time, everybody once nothing was heard of the holder for five minutes. The holder's agent is told.",
      params: path,
      responses: { 200: { description: "The reservation as it was", schema: reservation } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await reservations.force(principal, params.reservation_id), (listed) =>
        json(200, encodeReservation(listed)),
      ),
  );
}

function deleteRoute({ reservations }: ReservationUseCases): Route {
  return route(
    {
      method: "delete",
      path: `${base}/{reservation_id}`,
      id: "releaseReservation",
      group,
      summary: "Give a reservation back",
      params: path,
      responses: { 204: { description: "Free" } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => answer(await reservations.one(principal, params.reservation_id), () => empty(204)),
  );
}
