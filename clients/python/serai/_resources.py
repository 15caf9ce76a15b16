"""The resources of the native API, as the guide names them."""

from __future__ import annotations

import json
import uuid
from typing import Any, BinaryIO, Dict, Iterator, Mapping, Optional, Sequence, Union

from ._events import SeenEvents
from ._record import Record, to_record
from ._transport import CHUNK_BYTES, Transport, segment

Content = Union[str, bytes, BinaryIO]

DEFAULT_WAIT_SECONDS = 120.0
#: What the answer itself may take, once the server has stopped waiting.
GRACE_SECONDS = 30.0


def _given(**fields: Any) -> Dict[str, Any]:
    """The fields that were given; what is None is left to the server."""
    return {name: value for name, value in fields.items() if value is not None}


class Sessions:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, *, agent_id: Optional[str] = None, harness_id: Optional[str] = None, title: Optional[str] = None,
               tags: Optional[Sequence[str]] = None, model_id: Optional[str] = None,
               capabilities: Optional[Sequence[Mapping[str, Any]]] = None, system_prompt: Optional[str] = None,
               idempotency_key: Optional[str] = None, **more: Any) -> Record:
        """Makes a session. An agent or a harness is required; further fields go to the server as they are."""
        body = _given(agent_id=agent_id, harness_id=harness_id, title=title, tags=tags, model_id=model_id,
                      capabilities=capabilities, system_prompt=system_prompt, **more)
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return self._transport.json("POST", "/sessions", body=body, headers=headers)

    def list(self, **query: Any) -> Record:
        """A page, newest first: ``agent_id status tags search offset limit cursor`` …"""
        return self._transport.json("GET", "/sessions", query=query)

    def get(self, session_id: str) -> Record:
        return self._transport.json("GET", f"/sessions/{segment(session_id)}")

    def update(self, session_id: str, **fields: Any) -> Record:
        """Changes ``title``, ``tags`` … ; None is sent as null and clears."""
        return self._transport.json("PATCH", f"/sessions/{segment(session_id)}", body=fields)

    def delete(self, session_id: str, *, permanent: bool = False) -> None:
        """Puts the session into the trash; with ``permanent`` nothing of it is left."""
        query = {"permanent": True} if permanent else None
        self._transport.json("DELETE", f"/sessions/{segment(session_id)}", query=query)

    def restore(self, session_id: str) -> Record:
        return self._act(session_id, "restore")

    def cancel(self, session_id: str, *, queue: Optional[str] = None) -> Record:
        """Cancels the running turn; ``queue="clear"`` also drops the messages that wait."""
        return self._transport.json("POST", f"/sessions/{segment(session_id)}/cancel", body=_given(queue=queue))

    def pause(self, session_id: str, *, reason: Optional[str] = None) -> Record:
        return self._act(session_id, "pause", reason)

    def resume(self, session_id: str) -> Record:
        return self._act(session_id, "resume")

    def complete(self, session_id: str, *, reason: Optional[str] = None) -> Record:
        return self._act(session_id, "complete", reason)

    def kill(self, session_id: str, *, reason: Optional[str] = None) -> Record:
        return self._act(session_id, "kill", reason)

    def fork(self, session_id: str, *, up_to_message_id: Optional[str] = None, idempotency_key: Optional[str] = None,
             **change: Any) -> Record:
        """A session that begins with what this one has; ``change`` is what is different: ``title``, ``model_id`` …"""
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        body = {**_given(up_to_message_id=up_to_message_id), **change}
        return self._transport.json("POST", f"/sessions/{segment(session_id)}/fork", body=body, headers=headers)

    def export(self, session_id: str, *, format: str = "messages") -> Iterator[Record]:
        """What was said, or with ``format="events"`` the whole log, one after the other."""
        headers = {"Accept": "application/x-ndjson"}
        path = f"/sessions/{segment(session_id)}/export"
        with self._transport.open("GET", path, query={"format": format}, headers=headers) as response:
            for line in response:
                yield to_record(json.loads(line))

    def stats(self) -> Record:
        """How many sessions are in which state."""
        return self._transport.json("GET", "/sessions/stats")

    def pin(self, session_id: str) -> None:
        self._transport.json("PUT", f"/sessions/{segment(session_id)}/pin")

    def unpin(self, session_id: str) -> None:
        self._transport.json("DELETE", f"/sessions/{segment(session_id)}/pin")

    def _act(self, session_id: str, verb: str, reason: Optional[str] = None) -> Record:
        return self._transport.json("POST", f"/sessions/{segment(session_id)}/{verb}", body=_given(reason=reason))

    def chat(self) -> Record:
        """The one global chat of this user, made when there is none."""
        return self._transport.json("POST", "/sessions/chat")


class Messages:
    def __init__(self, transport: Transport, seen: SeenEvents) -> None:
        self._transport = transport
        self._seen = seen

    def create(self, session_id: str, content: Union[str, Sequence[Mapping[str, Any]]], *,
               controls: Optional[Mapping[str, Any]] = None, when_busy: Optional[str] = None,
               client_message_id: Optional[str] = None, wait: bool = False,
               timeout: float = DEFAULT_WAIT_SECONDS) -> Record:
        """
        Sends a message. A string is one text part. Sent again after a lost answer, it is the same message.

        With ``wait`` the answer comes when the turn has ended (``status`` and ``messages``), waits for somebody
        (``status="waiting"``, see ``needs``), or ``timeout`` seconds have passed (``status="timeout"``; it goes on).
        """
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
        body = {"message": _given(content=parts, controls=controls), **_given(when_busy=when_busy),
                "client_message_id": client_message_id or str(uuid.uuid4())}
        path = f"/sessions/{segment(session_id)}/messages"
        if not wait:
            sent = self._transport.json("POST", path, body=body)
            return self._saw(session_id, sent, sent)
        query = {"wait": True, "timeout_ms": int(timeout * 1000)}
        awaited = self._transport.json("POST", path, query=query, body=body, timeout=timeout + GRACE_SECONDS)
        return self._saw(session_id, awaited.message, awaited)

    def list(self, session_id: str) -> Record:
        return self._transport.json("GET", f"/sessions/{segment(session_id)}/messages")

    def _saw(self, session_id: str, sent: Record, answer: Record) -> Record:
        if sent.delivery == "started":
            # Whatever is before it belongs to turns that are over.
            self._seen.saw(session_id, sent.sequence - 1)
        return answer


class Approvals:
    """Questions to a person that turns wait for."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, **query: Any) -> Record:
        """What waits for an answer, over all sessions or in one: ``session_id limit cursor``."""
        return self._transport.json("GET", "/approvals", query=query)

    def get(self, session_id: str, approval_id: str) -> Record:
        return self._transport.json("GET", _approval(session_id, approval_id))

    def answer(self, session_id: str, approval_id: str, answer: str, *, scope: str = "once") -> Record:
        """``answer`` is ``allow`` or ``deny``, ``scope`` is ``once``, ``session`` or ``always``. The first counts."""
        body = {"answer": answer, "scope": scope}
        return self._transport.json("POST", _approval(session_id, approval_id), body=body)

    def rules(self, **query: Any) -> Record:
        """What you have allowed for good."""
        return self._transport.json("GET", "/approval-rules", query=query)

    def revoke_rule(self, rule_id: str) -> None:
        self._transport.json("DELETE", f"/approval-rules/{segment(rule_id)}")


def _approval(session_id: str, approval_id: str) -> str:
    return f"/sessions/{segment(session_id)}/approvals/{segment(approval_id)}"


class ToolResults:
    """Results of tools that the client carries out."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, session_id: str, tool_results: Sequence[Mapping[str, Any]]) -> Record:
        """One ``{"tool_call_id", "result" or "error"}`` for each call of ``tool.call_requested``, all at once."""
        body = {"tool_results": list(tool_results)}
        return self._transport.json("POST", f"/sessions/{segment(session_id)}/tool-results", body=body)


class SessionFs:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def upload(self, session_id: str, path: str, content: Content) -> Record:
        """Makes a file from text, bytes or an open binary file, which is streamed."""
        return self._send("POST", session_id, path, content)

    def write(self, session_id: str, path: str, content: Content) -> Record:
        """A new version of a file that is there."""
        return self._send("PUT", session_id, path, content)

    def read(self, session_id: str, path: str) -> str:
        return self.read_bytes(session_id, path).decode("utf-8")

    def read_bytes(self, session_id: str, path: str) -> bytes:
        return b"".join(self.read_chunks(session_id, path))

    def read_chunks(self, session_id: str, path: str) -> Iterator[bytes]:
        """The file as it comes, for what is too large to hold."""
        headers = {"Accept": "application/octet-stream"}
        with self._transport.open("GET", _file(session_id, path), headers=headers) as response:
            while True:
                chunk = response.read(CHUNK_BYTES)
                if not chunk:
                    return
                yield chunk

    def list(self, session_id: str, path: str = "/", *, recursive: bool = False) -> Record:
        headers = {"Accept": "application/json"}
        return self._transport.json("GET", _file(session_id, path), query={"recursive": recursive}, headers=headers)

    def delete(self, session_id: str, path: str, *, recursive: bool = False) -> None:
        self._transport.json("DELETE", _file(session_id, path), query={"recursive": recursive})

    def stat(self, session_id: str, path: str) -> Record:
        return self._ask(session_id, "stat", {"path": _absolute(path)})

    def move(self, session_id: str, source: str, target: str) -> Record:
        return self._ask(session_id, "move", {"src_path": _absolute(source), "dst_path": _absolute(target)})

    def copy(self, session_id: str, source: str, target: str) -> Record:
        return self._ask(session_id, "copy", {"src_path": _absolute(source), "dst_path": _absolute(target)})

    def grep(self, session_id: str, pattern: str, path_pattern: Optional[str] = None) -> Record:
        """Lines that fit a regular expression, in the files whose path fits the pattern."""
        return self._ask(session_id, "grep", _given(pattern=pattern, path_pattern=path_pattern))

    def _ask(self, session_id: str, verb: str, body: Mapping[str, Any]) -> Record:
        return self._transport.json("POST", f"/sessions/{segment(session_id)}/fs/_/{verb}", body=body)

    def _send(self, method: str, session_id: str, path: str, content: Content) -> Record:
        data = content.encode("utf-8") if isinstance(content, str) else content
        body = data if isinstance(data, bytes) else iter(lambda: data.read(CHUNK_BYTES), b"")
        headers = {"Content-Type": "application/octet-stream"}
        with self._transport.open(method, _file(session_id, path), body=body, headers=headers) as response:
            return to_record(json.loads(response.read()))


def _absolute(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"


def _file(session_id: str, path: str) -> str:
    names = [name for name in path.split("/") if name != ""]
    below = "".join(f"/{segment(name)}" for name in names)
    return f"/sessions/{segment(session_id)}/fs{below}"


class Resources:
    """Agents, models, providers …: plain resources under one path."""

    def __init__(self, transport: Transport, path: str) -> None:
        self._transport = transport
        self._path = path

    def create(self, **fields: Any) -> Record:
        return self._transport.json("POST", self._path, body=fields)

    def list(self, **query: Any) -> Record:
        return self._transport.json("GET", self._path, query=query)

    def get(self, resource_id: str) -> Record:
        return self._transport.json("GET", f"{self._path}/{segment(resource_id)}")

    def update(self, resource_id: str, **fields: Any) -> Record:
        return self._transport.json("PATCH", f"{self._path}/{segment(resource_id)}", body=fields)

    def delete(self, resource_id: str) -> None:
        self._transport.json("DELETE", f"{self._path}/{segment(resource_id)}")
