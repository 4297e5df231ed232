import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from plie_deploy.testing import eventually
from plie_orientation.web.api import batch, ndjson

PATH = "/api/v1/orientations/batch"


@pytest.fixture
async def partner(site: Any) -> Any:
    async with site.api(await site.token(), **{"Content-Type": "application/x-ndjson"}) as client:
        yield client


def as_lines(*lines: Any) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


def results(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_each_line_has_its_result_and_a_refused_one_leaves_nothing(site: Any, partner: Any, body: Any) -> None:
    lines = (
        body(external_reference="A"),
        b"{nonsense",
        body(external_reference="B", person__birth_date="2031-01-01"),
        body(external_reference="C", prescriber__kind="FT"),
        body(external_reference="A", motivation="autre"),
        body(external_reference="D"),
    )
    found = results(await partner.post(PATH, content=as_lines(*lines)))
    assert [(one["line"], one["result"], one["status"]) for one in found] == [
        (1, "received", 201),
        (2, "refused", 400),
        (3, "refused", 422),
        (4, "refused", 403),
        (5, "refused", 409),
        (6, "received", 201),
    ]
    assert found[0]["addressed_to"] == "centre-isere"
    assert found[2]["errors"][0]["path"] == "person.birth_date"
    assert found[3]["code"] == "prescriber.kind-not-allowed"
    assert found[4]["orientation_id"] == found[0]["orientation_id"]
    assert len(await site.side.emitted("OrientationReceived")) == 2


async def test_a_batch_sent_again_answers_the_first_ids(site: Any, partner: Any, body: Any) -> None:
    lines = as_lines(body(external_reference="A"), body(external_reference="B"))
    first = results(await partner.post(PATH, content=lines))
    again = results(await partner.post(PATH, content=lines))
    assert [one["result"] for one in again] == ["already-received"] * 2
    assert [one["orientation_id"] for one in again] == [one["orientation_id"] for one in first]
    assert len(await site.side.emitted("OrientationReceived")) == 2


async def test_a_key_makes_lines_without_reference_restartable_too(
    site: Any, partner: Any, body: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(batch, "AT_ONCE", 1)
    lines = as_lines(*(body(external_reference=None, person__first_name=name) for name in ("Ana", "Lou")))
    key = {"Idempotency-Key": "lot-1"}

    async def interrupted(*_: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as cut:
        cut.setattr(batch.idempotency, "keep", interrupted)
        with suppress(Exception):
            await partner.post(PATH, content=lines, headers=key)
    made = {one.data["orientation_id"] for one in await site.side.emitted("OrientationReceived")}
    again = await partner.post(PATH, content=lines, headers=key)
    assert {one["orientation_id"] for one in results(again)} == made
    assert len(await site.side.emitted("OrientationReceived")) == len(made) == 2
    replayed = await partner.post(PATH, content=lines, headers=key)
    assert replayed.headers["idempotency-replayed"] == "true"
    assert replayed.content == again.content
    other = await partner.post(PATH, content=lines + b"\n{}\n", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.reused")


async def test_a_broken_batch_sent_again_without_its_bad_lines_answers_each_its_own(
    site: Any, partner: Any, body: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(batch, "AT_ONCE", 1)
    bad, ana, lou = b"{nonsense", *(body(external_reference=None, person__first_name=name) for name in ("Ana", "Lou"))
    key = {"Idempotency-Key": "lot-2"}

    async def interrupted(*_: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as cut:
        cut.setattr(batch.idempotency, "keep", interrupted)
        with suppress(Exception):
            await partner.post(PATH, content=as_lines(bad, ana), headers=key)
    (made,) = await site.side.emitted("OrientationReceived")
    found = results(await partner.post(PATH, content=as_lines(lou, ana), headers=key))
    assert found[1]["orientation_id"] == made.data["orientation_id"] != found[0]["orientation_id"]
    assert len(await site.side.emitted("OrientationReceived")) == 2


async def test_a_failure_of_ours_costs_one_line(site: Any, partner: Any, body: Any, monkeypatch: Any) -> None:
    receive = batch.receive_lines

    async def fails_on_two(command: Any, work: Any) -> Any:
        outcomes = await receive(command, work)
        if any(line.number == 2 for line in command.lines):
            raise RuntimeError("a bug")
        return outcomes

    monkeypatch.setattr(batch, "receive_lines", fails_on_two)
    found = results(await partner.post(PATH, content=as_lines(*(body(external_reference=one) for one in "ABC"))))
    assert [one["status"] for one in found] == [201, 500, 201]
    assert len(await site.side.emitted("OrientationReceived")) == 2


@asynccontextmanager
async def sending(url: str, token: str, **headers: str) -> AsyncIterator[tuple[asyncio.StreamReader, Any]]:
    """A batch on a socket, whose lines go one by one; what is sent last is b""."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    told = {"Host": "x", "Authorization": f"Bearer {token}", "Content-Type": ndjson.NDJSON, **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    writer.write(f"POST {PATH} HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode())

    async def send(line: bytes) -> None:
        writer.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
        await writer.drain()

    try:
        yield reader, send
    finally:
        writer.close()
        await writer.wait_closed()


async def result_of(reader: asyncio.StreamReader) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while not (line := await reader.readline()).startswith(b"{"):
            assert line
    found: dict[str, Any] = json.loads(line)
    return found


async def test_lines_are_answered_while_others_still_come(site: Any, body: Any, served: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(batch, "AT_ONCE", 1)
    token = await site.token()
    async with served(site.app) as url, sending(url, token) as (reader, send):
        for number, reference in enumerate("AB", start=1):
            await send(as_lines(body(external_reference=reference)))
            assert (await result_of(reader))["line"] == number
        assert site.side.units.engine.pool.checkedout() == 0
        await send(b"")


async def test_a_third_batch_of_the_same_partner_comes_back_later(site: Any, body: Any, served: Any) -> None:
    token = await site.token()
    async with (
        served(site.app) as url,
        sending(url, token) as (_, one),
        sending(url, token, **{"Idempotency-Key": "lot-3"}) as (_, two),
        site.api(token, **{"Content-Type": ndjson.NDJSON}) as client,
    ):
        for send in (one, two):
            await send(as_lines(body()))
        await eventually(lambda: sum(batch._at_work.values()) == 2)
        refused = await client.post(PATH, content=as_lines(body()))
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
        for send in (one, two):
            await send(b"")
        await eventually(lambda: not batch._at_work)
    async with site.api(token, **{"Content-Type": ndjson.NDJSON}) as client:
        assert (await client.post(PATH, content=as_lines(body()))).status_code == 200


async def test_no_transaction_is_open_while_the_client_reads(
    site: Any, partner: Any, body: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(batch, "AT_ONCE", 1)
    open_then: list[int] = []
    results_of = batch._results

    async def watched(*asked: Any) -> bytes:
        open_then.append(site.side.units.engine.pool.checkedout())
        return await results_of(*asked)

    monkeypatch.setattr(batch, "_results", watched)
    lines = as_lines(body(external_reference="A"), body(external_reference="B"))
    assert len(results(await partner.post(PATH, content=lines, headers={"Idempotency-Key": "lot-4"}))) == 2
    assert open_then == [0, 0]


async def test_what_is_too_much_is_told_in_the_last_line(partner: Any, body: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(ndjson, "MOST_LINES", 2)
    found = results(await partner.post(PATH, content=as_lines(*(body(external_reference=one) for one in "ABCD"))))
    assert [one["status"] for one in found] == [201, 201, 422]
    assert found[-1]["code"] == "batch.too-many-lines"


async def test_a_line_beyond_256_kb_is_refused_and_the_next_is_read(partner: Any, body: Any) -> None:
    found = results(await partner.post(PATH, content=as_lines(b"x" * 300_000, body())))
    assert [one["status"] for one in found] == [422, 201]


async def test_a_batch_beyond_50_mb_is_refused_before_it_is_read(partner: Any) -> None:
    answer = await partner.post(PATH, content=b"", headers={"Content-Length": "50000001"})
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too-large")


async def test_another_media_type_is_refused(site: Any, body: Any) -> None:
    async with site.api(await site.token()) as client:
        answer = await client.post(PATH, json=body())
    assert (answer.status_code, answer.json()["code"]) == (415, "request.media-type")
