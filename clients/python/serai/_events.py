"""Follows the log of a session over as many connections as it takes: every event once, in order, none lost."""

from __future__ import annotations

import json
import random
import threading
import time
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

from ._errors import SeraiError
from ._record import Record, to_record
from ._transport import IDLE_SECONDS, READ_FAULTS, Transport, segment

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
#: Refusals after which the same request may be answered another time.
PASSING = (408, 429)


class SeenEvents:
    """The last event that this client has seen of each session: where its next stream of it begins."""

    def __init__(self) -> None:
        self._seq: Dict[str, int] = {}
        self._lock = threading.Lock()

    def last(self, session_id: str) -> int:
        with self._lock:
            return self._seq.get(session_id, 0)

    def saw(self, session_id: str, seq: int) -> None:
        with self._lock:
            self._seq[session_id] = max(seq, self._seq.get(session_id, 0))


class Frame:
    """One frame of a stream of server-sent events."""

    def __init__(self) -> None:
        self.event = "message"
        self.id: Optional[str] = None
        self.retry: Optional[int] = None
        self.data: List[str] = []


def read_frames(lines: Iterator[bytes]) -> Iterator[Frame]:
    """Parses WHATWG server-sent events; comments and unknown fields are passed over."""
    frame, is_empty = Frame(), True
    for raw in lines:
        line = raw.decode("utf-8").rstrip("\r\n")
        if line == "":
            if not is_empty:
                yield frame
            frame, is_empty = Frame(), True
            continue
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        is_empty = is_empty and name == ""
        if name == "event":
            frame.event = value
        elif name == "data":
            frame.data.append(value)
        elif name == "id":
            frame.id = value
        elif name == "retry" and value.isdigit():
            frame.retry = int(value)


class Events:
    """The log of a session: pages of it, and the log as it grows."""

    def __init__(self, transport: Transport, seen: SeenEvents) -> None:
        self._transport = transport
        self._seen = seen

    def list(self, session_id: str, *, limit: Optional[int] = None, after_seq: Optional[int] = None,
             since_id: Optional[str] = None, before_seq: Optional[int] = None,
             types: Optional[Sequence[str]] = None, exclude: Optional[Sequence[str]] = None) -> Record:
        """A page, oldest first: the last ``limit`` events, the first after a place, or the last before one."""
        query = {"limit": limit, "after_seq": after_seq, "since_id": since_id, "before_seq": before_seq,
                 "types": types, "exclude": exclude}
        return self._transport.json("GET", f"/sessions/{segment(session_id)}/events", query=query)

    def stream(self, session_id: str, *, after_seq: Optional[int] = None, types: Optional[Sequence[str]] = None,
               exclude: Optional[Sequence[str]] = None, deltas: bool = True,
               sleep: Callable[[float], Any] = time.sleep) -> Iterator[Record]:
        """
        Events as they come, from after the last one that this client has seen (``after_seq=0``: from the start), until
        the caller stops. Text that is growing comes as ``output.message.delta`` and the like, unless ``deltas`` is
        false; such hints have no ``seq``. A lost connection is made again; a refusal is raised as SeraiError.
        """
        start = self._seen.last(session_id) if after_seq is None else after_seq
        query = {"types": types, "exclude": exclude, "deltas": None if deltas else False}
        follower = _Follower(self._transport, session_id, query, start)
        while True:
            for item in follower.connection():
                if "seq" in item:
                    self._seen.saw(session_id, item.seq)
                yield item
            sleep(follower.wait_seconds)


class _Follower:
    """One stream's place in the log, and how long to wait before the next connection."""

    def __init__(self, transport: Transport, session_id: str, query: Dict[str, Any], start: int) -> None:
        self._transport = transport
        self._path = f"/sessions/{segment(session_id)}/sse"
        self._query = query
        self._seq = start
        self._id: Optional[str] = None
        self._failures = 0
        self.wait_seconds = 0.0

    def connection(self) -> Iterator[Record]:
        """One connection, until it ends in a way that another one can follow."""
        headers = {"Accept": "text/event-stream"}
        query = dict(self._query)
        if self._id is not None:
            headers["Last-Event-ID"] = self._id
        else:
            query["after_seq"] = self._seq
        frames = self._frames(query, headers)
        try:
            while True:
                try:
                    frame = next(frames, None)
                except SeraiError as refusal:
                    if refusal.status < 500 and refusal.status not in PASSING:
                        raise
                    return self._failed(refusal.retry_after or 0.0)
                except READ_FAULTS:
                    return self._failed(0.0)
                if frame is None:
                    return self._failed(0.0)
                if frame.event == "disconnecting":
                    return self._told(frame)
                item = self._take(frame)
                if item is not None:
                    yield item
        finally:
            frames.close()

    def _frames(self, query: Dict[str, Any], headers: Dict[str, str]) -> Iterator[Frame]:
        with self._transport.open("GET", self._path, query=query, headers=headers, timeout=IDLE_SECONDS) as response:
            yield from read_frames(iter(response.readline, b""))

    def _take(self, frame: Frame) -> Optional[Record]:
        if frame.event == "connected":
            self._failures = 0
            return None
        if frame.event == "reset":
            # The server's log is another one than before; it is told again from the start.
            self._seq, self._id = 0, None
            return None
        if not frame.data:
            self._id = frame.id or self._id
            return None
        item = to_record(json.loads("\n".join(frame.data)))
        if "seq" not in item:
            return item
        if item.seq <= self._seq:
            return None
        self._seq, self._id = item.seq, item.id
        return item

    def _told(self, frame: Frame) -> None:
        told = json.loads("\n".join(frame.data) or "{}").get("retry_ms", frame.retry or 0)
        self.wait_seconds = min(float(told) / 1000.0, LONGEST_WAIT_SECONDS)

    def _failed(self, at_least: float) -> None:
        most = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * (2.0 ** min(self._failures, 10)))
        self._failures += 1
        # Spread out, so that many readers of one server do not all come back at once.
        self.wait_seconds = max(at_least, most * (0.5 + random.random() / 2.0))
