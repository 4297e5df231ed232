"""PDF documents: data stays data, and French spaces do not break."""

from importlib.resources import files

import pytest

from plie_chassis import documents


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service's template of one line."""
    look = (files("plie_chassis") / documents.NAME).read_text(encoding="utf-8")
    monkeypatch.setattr(documents, "_source", lambda *_: f"{look}\n= #data.title\n#data.text".encode())


def data(text: str) -> dict[str, str]:
    return {"title": "Essai", "organisation": "Maison de l’emploi", "footer": "PLIE", "text": text}


@pytest.mark.parametrize("text", ["#panic()", "$x$ *gras* _italique_", "\\ ] [ #", "« Kovačević » : 12 %"])
async def test_what_people_typed_is_never_markup(template: None, text: str) -> None:
    made = await documents.pdf("plie_chassis", "essai", data(text))
    assert made.startswith(b"%PDF-")
    assert b"Libertinus" in made


async def test_a_character_that_no_font_has_spoils_no_document(template: None) -> None:
    assert (await documents.pdf("plie_chassis", "essai", data("Zhang 张"))).startswith(b"%PDF-")
