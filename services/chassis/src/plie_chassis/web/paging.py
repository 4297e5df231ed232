"""A page of a list, as an API gives it and as a request asks for it."""

from typing import Annotated, Generic, TypeVar

from litestar.params import QueryParameter
from pydantic import BaseModel

from plie_chassis.paging import Paging, place_of

LARGEST_PAGE = 200

T = TypeVar("T")


class Listing(BaseModel, Generic[T]):
    items: list[T]
    next_cursor: str | None


async def paging(
    cursor: Annotated[str | None, QueryParameter(description="`next_cursor` de la page précédente")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE, description="200 au plus")] = 50,
) -> Paging:
    return Paging(limit, place_of(cursor) if cursor else None)
