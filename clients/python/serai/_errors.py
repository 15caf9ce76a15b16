"""What can go wrong, in two kinds: the server said no, or nobody answered."""

from __future__ import annotations

from typing import Any, Mapping, Optional


class SeraiError(Exception):
    """The server refused: ``status`` (HTTP), ``code`` and ``problem`` (RFC 9457) say why and what to do."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: Optional[float] = None) -> None:
        detail = problem.get("detail") or problem.get("title") or f"HTTP status {status}"
        super().__init__(str(detail))
        self.status = status
        self.code = str(problem.get("code", ""))
        self.problem = dict(problem)
        self.retry_after = retry_after


class SeraiConnectionError(Exception):
    """The server could not be reached, or stopped answering."""
