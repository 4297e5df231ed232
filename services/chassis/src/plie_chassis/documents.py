"""PDF documents: a Typst template and data make bytes, off the event loop.

Data is never markup: the template reads it as JSON. Only fonts bundled with Typst are used, so that every machine prints alike.
"""

import asyncio
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

NAME = "documents.typ"


async def pdf(package: str, template: str, data: Mapping[str, Any]) -> bytes:
    """`<package>/documents/<template>.typ` with `data`, which it knows as `data`; PDF/UA-1, in French.

    The look of all documents (`documents.typ` here) stands before the template. Raises `typst.TypstError` for a template
    that does not compile.
    """
    return await asyncio.to_thread(_compile, _source(package, template), json.dumps(data, ensure_ascii=False))


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
