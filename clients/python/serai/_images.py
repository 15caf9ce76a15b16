"""Images for messages: uploaded as forms, read as they are or small."""

from __future__ import annotations

import json
import os
import uuid
from typing import Any, BinaryIO, Dict, Iterator, Optional, Union

from ._record import Record, to_record
from ._transport import CHUNK_BYTES, Transport, segment

Image = Union[str, "os.PathLike[str]", bytes, BinaryIO]


class Images:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def upload(self, file: Image, *, filename: Optional[str] = None, session_id: Optional[str] = None) -> Record:
        """
        A PNG, JPEG, GIF or WebP image: the path of a file, its bytes, or an open binary file. Messages name it as
        ``{"type": "image_file", "image_id": …}``; it goes when the session of ``session_id`` is erased.
        """
        if isinstance(file, (str, os.PathLike)):
            with open(file, "rb") as opened:
                return self.upload(opened, filename=filename or os.path.basename(file), session_id=session_id)
        name = filename or os.path.basename(str(getattr(file, "name", "image")))
        fields = {} if session_id is None else {"session_id": session_id}
        boundary = uuid.uuid4().hex
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        body = _form(boundary, fields, name, file)
        with self._transport.open("POST", "/images", body=body, headers=headers) as response:
            return to_record(json.loads(response.read()))

    def list(self, **query: Any) -> Any:
        """Newest first: ``offset limit``."""
        return self._transport.json("GET", "/images", query=query)

    def get(self, image_id: str) -> bytes:
        return self._bytes(f"/images/{segment(image_id)}")

    def thumbnail(self, image_id: str) -> bytes:
        """At most 200 × 200, as WebP."""
        return self._bytes(f"/images/{segment(image_id)}/thumbnail")

    def delete(self, image_id: str) -> None:
        self._transport.json("DELETE", f"/images/{segment(image_id)}")

    def _bytes(self, path: str) -> bytes:
        with self._transport.open("GET", path, headers={"Accept": "*/*"}) as response:
            return response.read()


def _form(boundary: str, fields: Dict[str, str], filename: str, file: Union[bytes, BinaryIO]) -> Iterator[bytes]:
    for name, value in fields.items():
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode("utf-8")
    # Quoted as browsers do it: a quote or a line break would end the name.
    quoted = filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n\r\n'
    yield head.encode("utf-8")
    if isinstance(file, (bytes, bytearray)):
        yield bytes(file)
    else:
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")
    yield f"\r\n--{boundary}--\r\n".encode("utf-8")
