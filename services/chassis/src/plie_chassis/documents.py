"""PDF documents: a Typst template and data make bytes, off the event loop.

Data is never markup: the template reads it as JSON. Only fonts bundled with Typst are used, so that every machine prints alike.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

NAME = "documents.typ"
_BEFORE = re.compile(r" (?=[:;!?%»])")
_AFTER = re.compile(r"« ")


async def pdf(package: str, template: str, data: Mapping[str, Any]) -> bytes:
    """`<package>/documents/<template>.typ` with `data`, which it knows as `data`; PDF/UA-1, in French.

    The look of all documents (`documents.typ` here) stands before the template. Raises `typst.TypstError` for a template
    that does not compile.
    """
    written = json.dumps(typeset(data), ensure_ascii=False)
    return await asyncio.to_thread(_compile, _source(package, template), written)


def typeset(value: Any) -> Any:
    """Texts with the spaces of French typography: no line breaks before « : ; ! ? % » nor inside guillemets."""
    if isinstance(value, str):
        return _BEFORE.sub("\N{NO-BREAK SPACE}", _AFTER.sub("«\N{NO-BREAK SPACE}", value))
    if isinstance(value, Mapping):
        return {name: typeset(one) for name, one in value.items()}
    return [typeset(one) for one in value] if isinstance(value, list | tuple) else value


@cache
def _source(package: str, template: str) -> bytes:
    look = (files("plie_chassis") / NAME).read_text(encoding="utf-8")
    own = (files(package) / "documents" / f"{template}.typ").read_text(encoding="utf-8")
    return f"{look}\n{own}".encode()


def _compile(source: bytes, data: str) -> bytes:
    import typst

    made: bytes = typst.compile(
        source, sys_inputs={"data": data}, ignore_system_fonts=True, format="pdf", pdf_standards=["ua-1"]
    )
    return made
