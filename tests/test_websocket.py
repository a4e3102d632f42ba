"""A kernel's messages reach the browser without waiting for each other."""

from __future__ import annotations

import asyncio
import socket

import pytest
from jupyter_server.services.kernels.connection.channels import (
    ZMQChannelsWebsocketConnection,
)
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect
from traitlets import Instance

from paramlab.websocket import PromptConnection


class Connection(PromptConnection):
    """Works with a handler that asks for no account."""

    websocket_handler = Instance(WebSocketHandler)


class Handler(WebSocketHandler):
    """Takes a browser's connection as the server's own handler does."""

    async def open(self) -> None:
        Connection(websocket_handler=self).connect()
        assert self.ws_connection is not None
        browser = self.ws_connection.stream.socket
        delay = browser.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await self.write_message(f"delays: {not delay}")


async def ask() -> str | bytes | None:
    server = HTTPServer(Application([("/", Handler)]))
    listening, port = bind_unused_port()
    server.add_socket(listening)
    client = await websocket_connect(f"ws://127.0.0.1:{port}/")
    try:
        return await client.read_message()
    finally:
        client.close()
        server.stop()


def test_nothing_is_held_back_once_a_kernel_is_connected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The connection is a real one; only its kernel is left out."""
    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "connect", lambda self: None)
    assert asyncio.run(ask()) == "delays: False"
