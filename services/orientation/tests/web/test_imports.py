import csv
import html
import io
import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from openpyxl import Workbook
from sqlalchemy import text

from plie_contracts.events import OrientationOutcomeNotified
from plie_orientation import background
from plie_orientation.background import import_more
from plie_orientation.handlers import import_steps, imports, outcomes

HEAD = "Nom;Prénom;Date de naissance;Commune;Téléphone;Situation d’emploi;Adhésion;Référence;Commentaire"
NOEMIE = "Bérard;Noémie;04/05/1983;Voiron;0476000000;sans emploi;oui;R-1;"
ANA = "Kovačević;Ana;1990-01-02;Voiron;;sans emploi;oui;R-2;=1+1"
WRONG = "Sans;Date;31/02/1990;Voiron;;sans emploi;oui;R-3;+x"


@pytest.fixture
async def helene(site: Any) -> Any:
    return await site.browser()


def table(*lines: str) -> bytes:
    return "\n".join((HEAD, *lines)).encode()


async def upload(browser: Any, content: bytes, name: str = "personnes.csv") -> str:
    page = await browser.open("/imports")
    token = re.search(r'name="_csrf" value="([^"]+)"', page)
    assert token
    sent = await browser.client.post("/imports", data={"_csrf": token[1]}, files={"file": (name, content, "text/csv")})
    assert sent.status_code == 303, sent.text
    return str(sent.headers["location"])


def chosen(page: str) -> dict[str, str]:
    """The columns that the page has chosen for each field."""
    selects = re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    found = {name: re.search(r'<option value="(\d+)" selected', options) for name, options in selects}
    return {html.unescape(name): match[1] for name, match in found.items() if match}


async def work(site: Any) -> None:
    while await import_more(site.side.units):
        pass


async def checked(site: Any, browser: Any, *lines: str) -> str:
    here = await upload(browser, table(*lines))
    page = await browser.open(here)
    answer = await browser.send(page, f"{here}/colonnes", chosen(page))
    assert answer.status_code == 303, answer.text
    assert "Vérification en cours" in await browser.open(here)
    await work(site)
    return here


async def sent(site: Any, browser: Any, here: str, **fields: str) -> str:
    answer = await browser.send(await browser.open(here), f"{here}/envoi", fields)
    assert answer.status_code == 303, answer.text
    await work(site)
    return html.unescape(await browser.open(here)).replace("\N{NO-BREAK SPACE}", " ")


async def received(site: Any) -> int:
    return len(await site.side.emitted("OrientationReceived"))


async def test_a_file_is_mapped_checked_previewed_and_sent(site: Any, helene: Any) -> None:
    here = await checked(site, helene, NOEMIE, ANA, WRONG)
    page = html.unescape(await helene.open(here)).replace("\N{NO-BREAK SPACE}", " ")
    assert await received(site) == 0
    assert "Noémie Bérard" in page
    assert "Date de naissance : « 31/02/1990 » n’est pas une date" in page
    assert "Envoyer 2 orientations" in page
    page = await sent(site, helene, here)
    assert await received(site) == 2
    assert "Envoyé" in page
    assert "Ana Kovačević" in await helene.open("/")


async def test_a_workbook_with_its_own_dates_goes_the_same_way(site: Any, helene: Any) -> None:
    book, written = Workbook(), io.BytesIO()
    book.active.append(HEAD.split(";"))
    book.active.append([date(1983, 5, 4) if "/" in cell else cell for cell in NOEMIE.split(";")])
    book.save(written)
    here = await upload(helene, written.getvalue(), "personnes.xlsx")
    page = await helene.open(here)
    assert (await helene.send(page, f"{here}/colonnes", chosen(page))).status_code == 303
    await work(site)
    assert "4 mai 1983" in html.unescape(await helene.open(here)).replace("\N{NO-BREAK SPACE}", " ")
    await sent(site, helene, here)
    assert await received(site) == 1


async def test_beside_each_line_stands_every_reason_as_a_sentence(site: Any, helene: Any) -> None:
    here = await checked(site, helene, "Sans;;31/02/1990;Voiron;;sans emploi;oui;R-3;<b>")
    page = html.unescape(await helene.open(here)).replace("\N{NO-BREAK SPACE}", " ")
    line = re.search(r"<strong>Sans</strong>, ligne 2</p>.*?</li>", page, re.DOTALL)
    assert line
    reasons = line[0].partition('decision-why">')[2].partition("</p>")[0].split("<br>")
    assert "Prénom : Ce champ est obligatoire." in reasons
    assert len(reasons) == 2
    assert all(reason.endswith(".") for reason in reasons)


async def test_the_lines_to_correct_come_back_escaped(site: Any, helene: Any) -> None:
    here = await checked(site, helene, WRONG)
    answer = await helene.client.get(f"{here}/a-corriger.csv")
    header, line = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert header[-1] == "À corriger"
    assert line[8] == "'+x"
    assert "n’est pas une date" in line[-1]


async def test_duplicates_are_shown_and_left_aside_unless_asked_for(site: Any, helene: Any) -> None:
    await sent(site, helene, await checked(site, helene, NOEMIE))
    again = NOEMIE.replace("R-1", "R-9").replace("Noémie", "NOEMIE")
    here = await checked(site, helene, again, ANA, ANA.replace("R-2", "R-8"))
    page = html.unescape(await helene.open(here)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Même nom et même naissance : orientation du 2 mars 2026." in page
    assert "Même nom et même naissance : ligne 3." in page
    await sent(site, helene, here)
    assert await received(site) == 2
    here = await checked(site, helene, again)
    await sent(site, helene, here, with_duplicates="true")
    assert await received(site) == 3


async def test_the_same_line_under_the_same_reference_is_known(site: Any, helene: Any) -> None:
    await sent(site, helene, await checked(site, helene, NOEMIE))
    page = await sent(site, helene, await checked(site, helene, NOEMIE), with_duplicates="true")
    assert "Déjà reçue" in page
    assert await received(site) == 1


async def test_it_goes_on_after_a_restart_and_sends_nothing_twice(site: Any, helene: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(import_steps.AT_ONCE, "sending", 1)
    here = await checked(site, helene, NOEMIE, ANA)
    await helene.send(await helene.open(here), f"{here}/envoi", {})
    assert await import_more(site.side.units)
    assert await received(site) == 1
    progress = await helene.client.get(f"{here}/avancement")
    assert ">1</strong> sur 2 lignes" in progress.text
    async with site.side.units.begin() as unit:
        await unit.session.execute(text("update import_row set state = 'ready'"))
    await work(site)
    assert await received(site) == 2
    assert (await helene.client.get(f"{here}/avancement")).headers["hx-redirect"] == here


async def test_an_import_is_undone_except_what_is_decided(site: Any, helene: Any, from_kafka: Any) -> None:
    here = await checked(site, helene, NOEMIE, ANA)
    await sent(site, helene, here)
    first = (await site.side.emitted("OrientationReceived"))[0].data["orientation_id"]
    decided = OrientationOutcomeNotified(orientation_id=UUID(first), status="refused", on=site.side.now.date())
    await site.side.run(outcomes.follow, from_kafka(decided, "centre-isere.admission"))
    await helene.send(await helene.open(here), f"{here}/annulation", {})
    await work(site)
    page = html.unescape(await helene.open(here))
    (withdrawn,) = await site.side.emitted("OrientationWithdrawn")
    assert withdrawn.data["reason_code"] == "erreur"
    assert withdrawn.data["orientation_id"] != first
    assert "La commission a rendu sa décision" in page


async def test_an_import_is_undone_with_the_rights_and_under_the_name_of_who_undoes_it(site: Any, helene: Any) -> None:
    here = await checked(site, helene, NOEMIE)
    await sent(site, helene, here)
    async with site.side.units.begin() as unit:
        await unit.session.execute(text("update import set structure = 'Où Hélène ne travaille plus'"))
    boss = await site.browser("paul", structure=None, name="Paul Lemoine")
    await boss.send(await boss.open(here), f"{here}/annulation", {})
    await work(site)
    assert len(await site.side.emitted("OrientationWithdrawn")) == 1
    page = html.unescape(await boss.open(here)).replace("\N{NO-BREAK SPACE}", " ")
    assert "par Hélène Brun-Picard. Annulé le 2 mars 2026, par Paul Lemoine." in page


async def test_a_corrected_mapping_is_remembered_for_such_a_file(site: Any, helene: Any) -> None:
    here = await upload(helene, table(NOEMIE))
    page = await helene.open(here)
    mapping = {**chosen(page), "motivation": "7", "external_reference": ""}
    await helene.send(page, f"{here}/colonnes", mapping)
    again = chosen(await helene.open(await upload(helene, table(ANA))))
    assert again["motivation"] == "7"
    assert "external_reference" not in again


async def test_a_needed_column_that_is_not_named_is_asked_for(site: Any, helene: Any) -> None:
    here = await upload(helene, table(NOEMIE))
    page = await helene.open(here)
    refused = await helene.send(page, f"{here}/colonnes", {**chosen(page), "person.birth_date": ""})
    assert refused.status_code == 422
    assert "Date de naissance\N{NO-BREAK SPACE}: Choisissez sa colonne dans le fichier" in html.unescape(refused.text)


@pytest.mark.parametrize(("name", "content"), [("", b""), ("a.csv", b"Nom\n"), ("a.xlsx", b"PK\x03\x04")])
async def test_a_file_that_cannot_be_read_is_refused_with_its_reason(helene: Any, name: str, content: bytes) -> None:
    page = await helene.open("/imports")
    token = re.search(r'name="_csrf" value="([^"]+)"', page)
    assert token
    files = {"file": (name, content, "text/csv")} if name else {"other": ("x", b"", "text/csv")}
    answer = await helene.client.post("/imports", data={"_csrf": token[1]}, files=files)
    assert answer.status_code == 422
    assert 'href="#c-file"' in answer.text


async def test_steps_come_in_their_order(site: Any, helene: Any) -> None:
    here = await upload(helene, table(NOEMIE))
    page = await helene.open(here)
    for step in ("envoi", "annulation"):
        answer = await helene.send(page, f"{here}/{step}", {})
        assert answer.status_code == 409
    assert (await helene.send(page, f"{here}/suppression", {})).headers["location"] == "/imports"
    assert (await helene.client.get(here)).status_code == 404


async def test_a_line_that_breaks_us_is_told_and_the_others_go_on(site: Any, helene: Any, monkeypatch: Any) -> None:
    here = await checked(site, helene, NOEMIE, ANA)
    receive = import_steps.receive_lines

    async def breaks_on_noemie(command: Any, unit: Any) -> Any:
        if any(line.number == 2 for line in command.lines):
            raise RuntimeError("a bug")
        return await receive(command, unit)

    monkeypatch.setattr(import_steps, "receive_lines", breaks_on_noemie)
    page = await sent(site, helene, here)
    assert await received(site) == 1
    assert "Erreur de notre côté sur cette ligne" in page


async def test_only_the_line_that_failed_is_given_up(site: Any, helene: Any, monkeypatch: Any) -> None:
    here = await checked(site, helene, NOEMIE, ANA)
    await helene.send(await helene.open(here), f"{here}/envoi", {})
    import_id = UUID(here.rpartition("/")[2])

    async def breaks(*_: Any) -> Any:
        raise RuntimeError("a bug")

    with monkeypatch.context() as broken, pytest.raises(import_steps.StepFailed) as failed:
        broken.setattr(import_steps, "receive_lines", breaks)
        async with site.side.units.begin() as unit:
            await import_steps.go_on(unit, at_once=1)
    assert (failed.value.import_id, failed.value.numbers) == (import_id, [2])
    await work(site)
    async with site.side.units.begin() as unit:
        await import_steps.give_up_on(import_id, 2, unit)
        states = await unit.session.scalars(text("select state from import_row order by number"))
        assert states.all() == ["received", "received"]


async def test_whoever_sends_needs_the_quality_that_the_lines_have(site: Any, helene: Any) -> None:
    here = await checked(site, helene, NOEMIE)
    other = await site.browser("paul", prescriber_kinds=("CCAS",))
    page = await sent(site, other, here)
    assert await received(site) == 0
    assert "n’est pas ouverte" in page or "Qualité" in page


async def test_how_columns_read_is_forgotten_and_kept_as_a_digest(site: Any, helene: Any) -> None:
    await checked(site, helene, NOEMIE)
    kept = text("select columns_digest from import_mapping")
    async with site.side.units.begin() as unit:
        assert re.fullmatch("[0-9a-f]{64}", str(await unit.session.scalar(kept)))
    async with site.side.units.begin(now=site.side.now + imports.MAPPINGS_ARE_KEPT) as unit:
        await imports.forget_old_lines(unit)
        assert await unit.session.scalar(kept) is None


async def test_the_lines_of_a_file_are_forgotten_after_thirty_days(site: Any, helene: Any) -> None:
    await upload(helene, table(NOEMIE))
    for left, days in ((1, -1), (0, 0)):
        now = site.side.now + imports.LINES_ARE_KEPT + timedelta(days=days)
        async with site.side.units.begin(now=now) as unit:
            await imports.forget_old_lines(unit)
            assert await unit.session.scalar(text("select count(*) from import_row")) == left


def test_imports_and_webhooks_are_worked_on_beside_the_requests() -> None:
    assert [one.__name__ for one in background.BACKGROUND] == [
        "deliver_webhooks",
        "work_through_imports",
        "forget_what_is_over",
    ]
