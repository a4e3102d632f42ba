"""Messages over a socket: a length, then JSON. Nothing is ever unpickled."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

# Ten times what the largest answers take; small JSON can fill much memory.
MAX_BYTES = 16_000_000
_HEAD = struct.Struct(">I")


class BadMessage(ValueError):
    """What came is not a message of this protocol."""


def send(connection: socket.socket, message: dict[str, Any]) -> None:
    """Send one message."""
    body = json.dumps(message).encode()
    connection.sendall(_HEAD.pack(len(body)) + body)


def receive(
    connection: socket.socket, max_bytes: int = MAX_BYTES
) -> dict[str, Any] | None:
    """Return the next message, or None when the other side has gone.

    Raises BadMessage for anything that is not one, or is longer.
    """
    head = _exactly(connection, _HEAD.size)
    if head is None:
        return None
    (length,) = _HEAD.unpack(head)
    if length > max_bytes:
        raise BadMessage(f"{length} bytes are more than {max_bytes}")
    body = _exactly(connection, length)
    if body is None:
        return None
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessage("not JSON") from error
    if not isinstance(message, dict):
        raise BadMessage("not an object")
    return message


def _exactly(connection: socket.socket, length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        part = connection.recv(min(length - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)
