"""A link of a network that a fault can delay, hold in one direction, truncate, reset or cut: a TCP proxy on loopback.

Healed, it carries every byte; while it misbehaves it never invents nor reorders one within a connection.
"""

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from random import Random

CHUNK = 65_536
RESET = struct.pack("ii", 1, 0)


class Way(Enum):
    """As seen from who opened the connection."""

    THERE = "there"
    BACK = "back"


@dataclass(frozen=True)
class Weather:
    """How a link behaves. `delay` is the longest pause before a chunk is passed on; `held` ways carry nothing until they
    are healed; `cut` refuses connections; `truncates` and `loses_replies` are chances, for each chunk, to pass a part of it
    on, or nothing of an answer, and end the connection.
    """

    delay: float = 0.0
    held: frozenset[Way] = frozenset()
    cut: bool = False
    truncates: float = 0.0
    loses_replies: float = 0.0


FAIR = Weather()


@dataclass
class Link:
    """From `port`, where the client connects, to `target`, both on loopback."""

    target: int
    rng: Random
    port: int = 0
    weather: Weather = FAIR
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _pumps: set[asyncio.Task[None]] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.reset()
        for pump in list(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def change(self, weather: Weather) -> None:
        self.weather = weather
        self._changed.set()
        self._changed = asyncio.Event()
        if weather.cut:
            self.reset()

    def heal(self) -> None:
        self.change(FAIR)

    def reset(self) -> None:
        """Ends every connection at once, as a router that lost its state does."""
        for writer in list(self._open):
            self._abort(writer)

    def _abort(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        open_socket = writer.get_extra_info("socket")
        if open_socket is not None:
            with suppress(OSError):
                open_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        if self.weather.cut:
            self._abort(client)
            return
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            self._abort(client)
            return
        self._open |= {client, server}
        pumps = {
            asyncio.create_task(self._pump(reader, server, Way.THERE)),
            asyncio.create_task(self._pump(answers, client, Way.BACK)),
        }
        self._pumps |= pumps
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for writer in (client, server):
                self._abort(writer)
            for pump in pumps:
                pump.cancel()
            self._pumps -= pumps

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                while way in self.weather.held:
                    await self._changed.wait()
                if self.weather.delay:
                    await asyncio.sleep(self.rng.uniform(0, self.weather.delay))
                if way is Way.BACK and self.rng.random() < self.weather.loses_replies:
                    return
                if self.rng.random() < self.weather.truncates:
                    writer.write(chunk[: self.rng.randrange(len(chunk))])
                    await writer.drain()
                    return
                writer.write(chunk)
                await writer.drain()
            # What was passed on is delivered before the connection ends.
            if writer.can_write_eof():
                writer.write_eof()
                await writer.drain()
                await asyncio.sleep(0.01)
