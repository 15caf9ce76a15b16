"""Client of a Serai server. See README.md beside this package."""

from ._client import Serai
from ._errors import SeraiConnectionError, SeraiError
from ._record import Record

__all__ = ["Record", "Serai", "SeraiConnectionError", "SeraiError"]
__version__ = "0.1.0"
