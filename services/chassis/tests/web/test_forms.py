"""A form's flat texts become the document that its model expects."""

from datetime import date
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from plie_chassis.problems import FieldError, Invalid
from plie_chassis.web import Form


class Person(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    last_name: str
    birth_date: date | None = None


class Session(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    held_on: date
    hours: Annotated[float, Field(ge=0)] | None = None
    places: int = 1
    kind: Literal["a", "b"] | None = None
    public: bool
    accepted: bool | None = None
    tags: list[str] = Field(default_factory=list)
    chair: Person | None = None
    members: list[Person] = Field(default_factory=list)


def form(**values: str | list[str]) -> Form:
    return Form({name: [value] if isinstance(value, str) else value for name, value in values.items()})


def test_texts_become_the_types_of_the_model() -> None:
    sent = {
        "held_on": "2026-03-12",
        "hours": "1\N{NARROW NO-BREAK SPACE}234,5",
        "places": "18",
        "kind": "b",
        "public": "true",
        "accepted": "false",
        "tags": ["x", "", "y"],
        "chair.last_name": "Royer",
        "chair.birth_date": "",
        "members[0].last_name": "Brun",
        "members[1].last_name": "",
        "members[10].last_name": "Vidal",
        "members[2].last_name": "Ferrand",
    }
    assert form(**sent).read(Session) == Session(
        held_on=date(2026, 3, 12),
        hours=1234.5,
        places=18,
        kind="b",
        public=True,
        accepted=False,
        tags=["x", "y"],
        chair=Person(last_name="Royer"),
        members=[Person(last_name="Brun"), Person(last_name="Ferrand"), Person(last_name="Vidal")],
    )


def test_what_is_left_empty_is_absent() -> None:
    sent = {"held_on": "2026-03-12", "hours": " ", "kind": "", "accepted": "", "chair.last_name": ""}
    assert form(**sent).read(Session) == Session(held_on=date(2026, 3, 12), public=False)


def test_errors_stand_at_the_names_of_the_fields() -> None:
    with pytest.raises(Invalid) as refusal:
        form(places="beaucoup", **{"chair.birth_date": "hier"}, tags=["a"]).read(Session)
    again = form(places="beaucoup").refused(refusal.value)
    assert {error.path for error in again.errors} == {"held_on", "places", "chair.last_name", "chair.birth_date"}
    assert again.value("places") == "beaucoup"
    assert again.error("places") is not None
    assert again.error("hours") is None


def test_an_error_of_one_item_stands_at_the_group() -> None:
    with pytest.raises(Invalid) as refusal:
        form(held_on="2026-03-12", tags=["a", "b\x07"]).read(Session)
    assert form().refused(refusal.value).error("tags") is not None


def test_a_field_that_the_form_does_not_have_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        form(held_on="2026-03-12", is_admin="true").read(Session)
    assert [error.path for error in refusal.value.errors] == ["is_admin"]


def test_a_form_starts_with_the_values_of_a_record() -> None:
    started = Form.of({"on": date(2026, 3, 1), "public": True, "tags": ["a", "b"], "note": None, "minutes": 30})
    assert (started.value("on"), started.value("public"), started.value("minutes")) == ("2026-03-01", "true", "30")
    assert list(started.values("tags")) == ["a", "b"]
    assert started.value("note") == ""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("tags[1]", ("tags", "Mots clés")),
        ("chair", ("chair.last_name", "Nom")),
        ("chair.last_name", ("chair.last_name", "Nom")),
        ("members[0].name", ("members[0].name", "")),
        ("", ("", "")),
    ],
)
def test_an_error_is_told_with_the_label_of_the_field_where_it_is_mended(path: str, place: tuple[str, str]) -> None:
    shown = form()
    shown.show("tags", "Mots clés")
    shown.show("chair.last_name", "Nom")
    assert shown.place(FieldError(path, "field.format", "…")) == place
