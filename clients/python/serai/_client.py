"""The client: one object with a member per resource."""

from __future__ import annotations

import os
from typing import Optional

from ._events import Events, SeenEvents
from ._images import Images
from ._record import Record
from ._resources import Approvals, Messages, Resources, SessionFs, Sessions, ToolResults
from ._transport import Transport

DEFAULT_URL = "http://127.0.0.1:7080"


class Serai:
    """
    A Serai server, reached with a key. ``api_key`` and ``base_url`` default to ``SERAI_API_KEY`` and ``SERAI_URL``;
    ``timeout`` is in seconds and counts between two bytes. May be shared between threads.
    """

    def __init__(self, api_key: Optional[str] = None, base_url: Optional[str] = None, *, timeout: float = 120.0) -> None:
        key = api_key or os.environ.get("SERAI_API_KEY", "")
        if key == "":
            raise ValueError("Give api_key, or set SERAI_API_KEY; the server wrote its first key to <data>/admin.key")
        transport = Transport(base_url or os.environ.get("SERAI_URL", DEFAULT_URL), key, timeout)
        seen = SeenEvents()
        self._transport = transport
        self.sessions = Sessions(transport)
        self.messages = Messages(transport, seen)
        self.events = Events(transport, seen)
        self.session_fs = SessionFs(transport)
        self.images = Images(transport)
        self.approvals = Approvals(transport)
        self.tool_results = ToolResults(transport)
        self.agents = Resources(transport, "/agents")
        self.harnesses = Resources(transport, "/harnesses")
        self.models = Resources(transport, "/models")
        self.providers = Resources(transport, "/providers")
        self.capabilities = Resources(transport, "/capabilities")

    def health(self) -> Record:
        return self._transport.json("GET", "/health")

    def limits(self) -> Record:
        return self._transport.json("GET", "/limits")
