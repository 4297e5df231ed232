"""The links that faults disturb carry every byte when they are fair, and misbehave only as they are told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from .proxy import Link, Way, Weather

LONG = bytes(range(256)) * 2000


@asynccontextmanager
async def link() -> AsyncIterator[Link]:
    """To a server that answers every line with itself."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    made = Link(server.sockets[0].getsockname()[1], Random(1))
    await made.start()
    try:
        yield made
    finally:
        await made.close()
        server.close()


async def echoed(through: Link, sent: bytes, within: float = 5.0) -> bytes:
    async with asyncio.timeout(within):
        reader, writer = await asyncio.open_connection("127.0.0.1", through.port)
        writer.write(sent)
        received = await reader.readexactly(len(sent))
        writer.close()
        return received


async def test_a_fair_link_carries_every_byte_both_ways() -> None:
    async with link() as fair:
        assert await echoed(fair, LONG) == LONG


async def test_a_slow_link_carries_every_byte_in_its_order() -> None:
    async with link() as slow:
        slow.change(Weather(delay=0.005))
        assert await echoed(slow, LONG) == LONG


async def test_a_cut_link_refuses_until_it_is_healed() -> None:
    async with link() as cut:
        cut.change(Weather(cut=True))
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await echoed(cut, b"hello")
        cut.heal()
        assert await echoed(cut, b"hello") == b"hello"


@pytest.mark.parametrize("way", list(Way))
async def test_what_is_held_one_way_arrives_once_it_is_healed(way: Way) -> None:
    async with link() as held:
        held.change(Weather(held=frozenset({way})))
        reader, writer = await asyncio.open_connection("127.0.0.1", held.port)
        writer.write(b"hello")
        answer = asyncio.create_task(reader.readexactly(5))
        done, _ = await asyncio.wait({answer}, timeout=0.2)
        assert not done
        held.heal()
        assert await asyncio.wait_for(answer, 5) == b"hello"
        writer.close()


@pytest.mark.parametrize("weather", [Weather(truncates=1.0), Weather(loses_replies=1.0)])
async def test_a_truncated_or_lost_answer_ends_the_connection(weather: Weather) -> None:
    async with link() as bad:
        bad.change(weather)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await echoed(bad, LONG)


async def test_a_reset_ends_what_is_open_and_lets_new_connections_in() -> None:
    async with link() as reset:
        reader, writer = await asyncio.open_connection("127.0.0.1", reset.port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        reset.reset()
        with pytest.raises(ConnectionError):
            assert await reader.read(1)
            raise ConnectionResetError  # an orderly end would do as well
        writer.close()
        assert await echoed(reset, b"again") == b"again"
