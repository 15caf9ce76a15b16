"""The resources of the native API, as the guide names them."""

from __future__ import annotations

import json
import uuid
from typing import Any, BinaryIO, Dict, Iterator, Mapping, Optional, Sequence, Union

from ._events import SeenEvents
from ._record import Record, to_record
from ._transport import CHUNK_BYTES, Transport, segment

Content = Union[str, bytes, BinaryIO]


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
        return self._transport.json("POST", f"/sessions/{segment(session_id)}/restore")

    def cancel(self, session_id: str) -> Record:
        return self._transport.json("POST", f"/sessions/{segment(session_id)}/cancel")

    def chat(self) -> Record:
        """The one global chat of this user, made when there is none."""
        return self._transport.json("POST", "/sessions/chat")


class Messages:
    def __init__(self, transport: Transport, seen: SeenEvents) -> None:
        self._transport = transport
        self._seen = seen

    def create(self, session_id: str, content: Union[str, Sequence[Mapping[str, Any]]], *,
               controls: Optional[Mapping[str, Any]] = None, when_busy: Optional[str] = None,
               client_message_id: Optional[str] = None) -> Record:
        """Sends a message. A string is one text part. Sent again after a lost answer, it is the same message."""
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
        body = {"message": _given(content=parts, controls=controls), **_given(when_busy=when_busy),
                "client_message_id": client_message_id or str(uuid.uuid4())}
        sent = self._transport.json("POST", f"/sessions/{segment(session_id)}/messages", body=body)
        if sent.delivery == "started":
            # Whatever is before it belongs to turns that are over.
            self._seen.saw(session_id, sent.sequence - 1)
        return sent

    def list(self, session_id: str) -> Record:
        return self._transport.json("GET", f"/sessions/{segment(session_id)}/messages")


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

    def _send(self, method: str, session_id: str, path: str, content: Content) -> Record:
        data = content.encode("utf-8") if isinstance(content, str) else content
        body = data if isinstance(data, bytes) else iter(lambda: data.read(CHUNK_BYTES), b"")
        headers = {"Content-Type": "application/octet-stream"}
        with self._transport.open(method, _file(session_id, path), body=body, headers=headers) as response:
            return to_record(json.loads(response.read()))


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
