"""The server's way to the browser, without waits.

A widget's answer is two small messages: the kernel is busy, and the new plot.
By default TCP holds the second one back until the first is acknowledged, and a
browser may take 40 ms for that: Nagle's algorithm and delayed acknowledgements
(RFC 896, RFC 1122 section 4.2.3.2). Sliders then feel slow at every other move.
"""

from __future__ import annotations

import asyncio

from jupyter_server.services.kernels.connection.channels import (
    ZMQChannelsWebsocketConnection,
)


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Sends each message of a kernel at once."""

    def connect(self) -> asyncio.Future[None] | None:  # type: ignore[override]
        """Handle a connection."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
