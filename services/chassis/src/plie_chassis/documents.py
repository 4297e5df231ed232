"""PDF documents: a Typst template and data make bytes, off the event loop.

Data is never markup: the template reads it as JSON. Only fonts bundled with Typst are used, so that every machine prints alike.
"""

import asyncio
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from plie_chassis.typesetting import typeset

NAME = "documents.typ"
_one_at_a_time = asyncio.Semaphore(1)


async def pdf(package: str, template: str, data: Mapping[str, Any]) -> bytes:
    """`<package>/documents/<template>.typ` with `data`, which it knows as `data`; PDF/UA-1, in French.

    The look of all documents (`documents.typ` here) stands before the template. Raises `typst.TypstError` for a template
    that does not compile. A character that no bundled font has is printed as a box: accessibility gives way then, not the
    document.
    """
    written = json.dumps(_typeset(data), ensure_ascii=False)
    async with _one_at_a_time:
        return await asyncio.to_thread(_compile, _source(package, template), written)


def _typeset(value: Any) -> Any:
    if isinstance(value, str):
        return typeset(value)
    if isinstance(value, Mapping):
        return {name: _typeset(one) for name, one in value.items()}
    return [_typeset(one) for one in value] if isinstance(value, list | tuple) else value


@cache
def _source(package: str, template: str) -> bytes:
    look = (files("plie_chassis") / NAME).read_text(encoding="utf-8")
    own = (files(package) / "documents" / f"{template}.typ").read_text(encoding="utf-8")
    return f"{look}\n{own}".encode()


def _compile(source: bytes, data: str) -> bytes:
    import typst

    def compiled(**options: Any) -> bytes:
        made: bytes = typst.compile(
            source, sys_inputs={"data": data}, ignore_system_fonts=True, format="pdf", **options
        )
        return made

    try:
        return compiled(pdf_standards=["ua-1"])
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return compiled()
