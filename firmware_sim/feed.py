"""One AIS receiver or radar as a TCP server: whoever connects hears the lines from then on."""

import asyncio

from core.errors import StartError

MAX_BEHIND = 1 << 20
"""A client that has not read this much is dropped, as a serial-to-TCP box does. [byte]"""


class NmeaFeed:
    """A TCP server that repeats each line to every client."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.server: asyncio.Server | None = None
        self.clients: set[asyncio.Transport] = set()
        self.up = True

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port."""
        try:
            self.server = await asyncio.get_running_loop().create_server(lambda: _Client(self), host, port)
        except OSError as exc:
            raise StartError(
                f"Cannot listen on {host}:{port} for {self.name} ({exc.strerror}): "
                "free that port, or give another --port-base, or none for free ports."
            ) from exc
        return int(self.server.sockets[0].getsockname()[1])

    def put(self, text: str) -> None:
        """Send a line to everyone who listens."""
        if not self.up:
            return
        data = text.encode("ascii") + b"\r\n"
        for client in list(self.clients):
            if client.get_write_buffer_size() > MAX_BEHIND:
                client.abort()
            elif not client.is_closing():
                client.write(data)

    async def stop(self) -> None:
        """Close the port and drop the clients."""
        if self.server is not None:
            self.server.close()
        for client in list(self.clients):
            client.abort()


class _Client(asyncio.Protocol):
    def __init__(self, feed: NmeaFeed) -> None:
        self.feed = feed
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.feed.clients.add(transport)  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:
        if self.transport is not None:
            self.feed.clients.discard(self.transport)
