"""Lists come newest first, in pages that neither repeat nor leave out a row."""

from base64 import urlsafe_b64encode

import pytest
from plie_chassis_sample.site import Site

from plie_chassis.problems import Invalid
from plie_chassis.web.paging import place_of


async def test_walking_the_pages_meets_every_row_once_newest_first(site: Site) -> None:
    async with site.api(await site.token()) as api:
        for n in range(7):
            if n % 2:
                site.clock.pass_by(minutes=1)  # pairs share an instant: the id decides
            assert (await api.post("/api/v1/notes", json={"title": str(n)})).status_code == 201
        seen, cursor = [], ""
        while True:
            page = (
                await api.get("/api/v1/notes", params={"limit": 3, **({"cursor": cursor} if cursor else {})})
            ).json()
            seen += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
            await api.post("/api/v1/notes", json={"title": "written meanwhile"})
    assert len({item["note_id"] for item in seen}) == len(seen) == 7
    assert [item["written_at"] for item in seen] == sorted((item["written_at"] for item in seen), reverse=True)


async def test_a_filter_stays_with_its_cursor(site: Site) -> None:
    async with site.api(await site.token()) as api:
        await api.post("/api/v1/notes", json={"title": "old"})
        site.clock.pass_by(days=3)
        await api.post("/api/v1/notes", json={"title": "new"})
        answer = await api.get("/api/v1/notes", params={"since": "2026-03-12"})
    assert [item["title"] for item in answer.json()["items"]] == ["new"]


@pytest.mark.parametrize(
    "text",
    [
        "é",
        "AAAA",
        urlsafe_b64encode(b"2026-03-10T12:00:00+01:00 ; drop table note").decode(),
        urlsafe_b64encode(b"0001-01-01T00:00:00 01995b6e7c007a319f550a1b2c3d4e01").decode(),
        urlsafe_b64encode(b"9999-12-31T23:59:59-12:00 01995b6e7c007a319f550a1b2c3d4e01").decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        place_of(text)
    assert refusal.value.errors[0].code == "cursor.invalid"
