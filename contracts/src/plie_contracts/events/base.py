"""What every event is: immutable, strict about types, keyed by its aggregate.

Unknown fields are refused when an event is built; only the reader of records lets them pass."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from plie_contracts.streams import MAJOR, Family


class Part(BaseModel):
    """A group of fields inside an event."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", populate_by_name=True, allow_inf_nan=False, ser_json_inf_nan="null"
    )


class Event(Part):
    """A thing that happened. `FAMILY` is its stream, `KEY` the field that is the record's key."""

    FAMILY: ClassVar[Family]
    KEY: ClassVar[str]
    OWNER: ClassVar[str | None] = None
    """The field, if any, that must name the organisation that writes the topic."""
    name: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.name = cls.__name__

    @classmethod
    def ce_type(cls) -> str:
        return f"fr.plie.{cls.name}.v{MAJOR}"

    @classmethod
    def dataschema(cls) -> str:
        return f"urn:plie:{cls.name}:v{MAJOR}"

    @classmethod
    def owner_field(cls) -> str | None:
        """`OWNER` as the JSON spells it."""
        return cls.OWNER and (cls.model_fields[cls.OWNER].alias or cls.OWNER)

    def key(self) -> str:
        """The record's key: the id of the aggregate, in its canonical text form."""
        return str(getattr(self, self.KEY))

    @classmethod
    def key_in(cls, data: Mapping[str, Any]) -> object:
        """The aggregate's id as a record's JSON writes it, or None when it is absent."""
        return data.get(cls.KEY)
