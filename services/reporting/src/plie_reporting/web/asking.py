"""A question as the address of a page or of the API puts it, and as a question of the domain."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Self
from urllib.parse import urlencode

from litestar.params import QueryParameter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from plie_chassis.calendar import PARIS, add_months, month_of, paris_date
from plie_chassis.problems import FieldError, Invalid
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web.validation import read_fields
from plie_contracts.declaration import Declaration
from plie_contracts.territory import COMMUNES, TERRITORIES
from plie_contracts.vocabulary import codes
from plie_reporting.domain.statistics import FILTERS, Grouping, Question


def _instant(value: Any) -> Any:
    """A day stands for its end in Paris. An offset's « + » may come as the space that an address makes of it."""
    if not isinstance(value, str):
        return value
    try:
        if "T" not in value:
            return datetime.combine(date.fromisoformat(value) + timedelta(days=1), time(), PARIS) - timedelta(
                microseconds=1
            )
        instant = datetime.fromisoformat(value.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise ValueError("une date AAAA-MM-JJ ou un instant avec décalage est attendu") from None
    if instant.tzinfo is None:
        raise ValueError("un instant porte son décalage, par exemple +01:00")
    return instant


class Asked(BaseModel):
    """The parameters of a question. `as_known_at` is an instant with its offset, or a day up to its end."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first: Annotated[date | None, Field(alias="from")] = None
    last: Annotated[date | None, Field(alias="to")] = None
    territory: str | None = None
    commune: str | None = None
    clas: str | None = None
    maison: str | None = None
    prescriber_kind: str | None = None
    sex: str | None = None
    group_by: Grouping | None = None
    as_known_at: Annotated[datetime | None, BeforeValidator(_instant)] = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """Empty texts are absent: a form sends them. Raises Invalid naming each parameter."""
        names = {field.alias or name for name, field in cls.model_fields.items()}
        return read_fields(cls, {name: value for name, value in parameters.items() if name in names and value})

    def question(self, work: UnitOfWork) -> Question:
        """Twelve months up to today, where no period is given. Raises Invalid."""
        known_at = self.as_known_at
        today = min(work.today, paris_date(known_at)) if known_at else work.today
        last = self.last or today
        first = self.first or add_months(month_of(last), -11)
        filters = {name: value for name in FILTERS if (value := getattr(self, name))}
        refuse_unknown(filters, work.declaration)
        if first > last:
            rule = "La période finit avant de commencer : « from » est au plus tard le jour de « to »."
            raise Invalid(rule, errors=[FieldError("from", "period.reversed", rule)])
        if (last - first).days > LONGEST_PERIOD_DAYS:
            rule = "La période est trop longue : vingt ans au plus."
            raise Invalid(rule, errors=[FieldError("from", "period.too-long", rule)])
        return Question(first, last, today, filters, self.group_by, known_at)

    def address(self, path: str, **more: str | None) -> str:
        """`path` with these parameters and some more."""
        given = self.model_dump(by_alias=True, exclude_none=True, mode="json") | more
        query = urlencode({name: value for name, value in given.items() if value is not None})
        return f"{path}?{query}" if query else path


LONGEST_PERIOD_DAYS = 20 * 366


def refuse_unknown(filters: Mapping[str, str], declared: Declaration) -> None:
    """Raises Invalid where a filter names what the declaration or the vocabularies do not know."""
    known = {
        "territory": (TERRITORIES, "Ce territoire n’est pas un territoire du PLIE"),
        "commune": (COMMUNES, "Cette commune n’est pas sur le territoire du PLIE ; son code INSEE est attendu"),
        "clas": ({i.organisation for i in declared.of_service("admission")}, "Cette CLAS n’est pas déclarée"),
        "maison": ({i.organisation for i in declared.of_service("parcours")}, "Cette Maison n’est pas déclarée"),
        "prescriber_kind": (codes("prescriber-kind"), "Ce type de prescripteur n’est pas au vocabulaire"),
        "sex": (codes("sex"), "Cette valeur n’est pas au vocabulaire"),
    }
    errors = [
        FieldError(name, "filter.unknown", f"{known[name][1]} : « {value} ».")
        for name, value in filters.items()
        if value not in known[name][0]
    ]
    if errors:
        raise Invalid(errors[0].message, errors=errors)


def _query(name: str, description: str) -> Any:
    return QueryParameter(name=name, description=description, required=False)


async def asked(
    from_: Annotated[str | None, _query("from", "premier jour, AAAA-MM-JJ ; par défaut douze mois")] = None,
    to: Annotated[str | None, _query("to", "dernier jour, compris ; par défaut aujourd’hui")] = None,
    territory: Annotated[str | None, _query("territory", "territoire, par son nom court")] = None,
    commune: Annotated[str | None, _query("commune", "code INSEE")] = None,
    clas: Annotated[str | None, _query("clas", "organisation de la CLAS")] = None,
    maison: Annotated[str | None, _query("maison", "organisation de la Maison")] = None,
    prescriber_kind: Annotated[str | None, _query("prescriber_kind", "type de prescripteur")] = None,
    sex: Annotated[str | None, _query("sex", "F, M ou X")] = None,
    group_by: Annotated[str | None, _query("group_by", "une case par valeur")] = None,
    as_known_at: Annotated[str | None, _query("as_known_at", "instant avec décalage, ou jour")] = None,
) -> Asked:
    """What the API's routes ask for by `asked: Asked`."""
    given = {"from": from_, "to": to, "territory": territory, "commune": commune, "clas": clas, "maison": maison}
    return Asked.of(
        {**given, "prescriber_kind": prescriber_kind, "sex": sex, "group_by": group_by, "as_known_at": as_known_at}
    )
