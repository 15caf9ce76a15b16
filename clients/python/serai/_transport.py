"""Requests over http.client: one connection per request, so that a client may be shared between threads."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from contextlib import contextmanager
from typing import Any, Dict, Iterable, Iterator, Mapping, Optional, Tuple, Union
from urllib.parse import quote, urlencode, urlsplit

from ._errors import SeraiConnectionError, SeraiError
from ._record import to_record

Body = Union[bytes, str, Iterable[bytes]]
Query = Mapping[str, Any]

#: Seconds without a byte after which a server counts as gone. Its heartbeats come every 15.
IDLE_SECONDS = 45.0
CHUNK_BYTES = 64 * 1024


class Transport:
    def __init__(self, base_url: str, api_key: str, timeout: float) -> None:
        parts = urlsplit(base_url if "://" in base_url else f"http://{base_url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f'base_url must be like "http://127.0.0.1:7080", not "{base_url}"')
        self._parts = parts
        self._key = api_key
        self._timeout = timeout
        path = parts.path.rstrip("/")
        self._prefix = path if path.endswith("/v1") else f"{path}/api/v1"

    def json(self, method: str, path: str, *, query: Optional[Query] = None, body: Any = None,
             headers: Optional[Mapping[str, str]] = None, timeout: Optional[float] = None) -> Any:
        """Sends JSON, if any, and reads JSON, if any."""
        sent = dict(headers or {})
        data = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            data = json.dumps(body).encode("utf-8")
        with self.open(method, path, query=query, body=data, headers=sent, timeout=timeout) as response:
            try:
                text = response.read()
            except (OSError, http.client.HTTPException) as cause:
                raise SeraiConnectionError(f"The answer to {method} {path} broke off: {cause}") from cause
        return to_record(json.loads(text)) if text else None

    @contextmanager
    def open(self, method: str, path: str, *, query: Optional[Query] = None, body: Optional[Body] = None,
             headers: Optional[Mapping[str, str]] = None, timeout: Optional[float] = None
             ) -> Iterator[http.client.HTTPResponse]:
        """The answer, to be read while the block lasts. A refusal is raised as SeraiError."""
        connection = self._connect(timeout or self._timeout)
        try:
            try:
                connection.request(method, self._target(path, query), body=body, headers=self._headers(headers),
                                   encode_chunked=_is_stream(body))
                response = connection.getresponse()
            except (OSError, http.client.HTTPException) as cause:
                raise SeraiConnectionError(f"Cannot reach {self._parts.geturl()}: {cause}") from cause
            if response.status >= 400:
                raise _refusal(response)
            yield response
        finally:
            connection.close()

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=timeout)

    def _headers(self, headers: Optional[Mapping[str, str]]) -> Dict[str, str]:
        return {"Accept": "application/json", "Authorization": f"Bearer {self._key}", **(headers or {})}

    def _target(self, path: str, query: Optional[Query]) -> str:
        pairs = list(_pairs(query or {}))
        return f"{self._prefix}{path}" + (f"?{urlencode(pairs)}" if pairs else "")


def _pairs(query: Query) -> Iterator[Tuple[str, str]]:
    for name, value in query.items():
        if value is None:
            continue
        for each in value if isinstance(value, (list, tuple)) else [value]:
            yield name, str(each).lower() if isinstance(each, bool) else str(each)


def _is_stream(body: Optional[Body]) -> bool:
    return body is not None and not isinstance(body, (bytes, str))


def _refusal(response: http.client.HTTPResponse) -> SeraiError:
    text = response.read()
    try:
        problem = json.loads(text)
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    after = response.getheader("Retry-After")
    return SeraiError(response.status, problem, float(after) if after and after.isdigit() else None)


def segment(text: str) -> str:
    """One segment of a path, escaped. ``.`` and ``..`` would name something else on the way."""
    if text in (".", ".."):
        raise ValueError(f'"{text}" is no name')
    return quote(text, safe="")


#: What a connection can raise while an answer is being read.
READ_FAULTS = (OSError, socket.timeout, http.client.HTTPException, SeraiConnectionError)
