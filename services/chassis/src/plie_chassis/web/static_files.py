"""The look's files, under `/static/<hash of them all>/`: they may be kept for a year, as another content has another address."""

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from mimetypes import types_map
from typing import Any

from litestar import Request, Response, get

from plie_chassis.problems import NotFound
from plie_chassis.web.guards import public

ROOT = files("plie_chassis.web") / "static"
MEDIA = {
    **types_map,
    ".woff2": "font/woff2",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
COMPRESSED = frozenset({".css", ".js", ".svg", ".txt"})
NAMES = frozenset(
    f"{folder}{file.name}"
    for folder in ("", "fonts/", "img/", "vendor/")
    for file in (ROOT / folder if folder else ROOT).iterdir()
    if file.is_file()
)


@cache
def content(name: str) -> bytes:
    return (ROOT / name).read_bytes()


@cache
def compressed(name: str) -> bytes:
    return gzip.compress(content(name), compresslevel=9, mtime=0)


def _version() -> str:
    digest = hashlib.sha256()
    for name in sorted(NAMES):
        digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes() + b"\0")
    return digest.hexdigest()[:12]


VERSION = _version()


def address(name: str) -> str:
    """Where a page links to the file. Raises KeyError for a file that is not there."""
    if name not in NAMES:
        raise KeyError(name)
    return f"/static/{VERSION}/{name}"


@get("/static/{version:str}/{name:path}", include_in_schema=False, sync_to_thread=False, guards=[public])
def static_file(request: Request[Any, Any, Any], version: str, name: str) -> Response[bytes]:
    name = name.removeprefix("/")
    if version != VERSION or name not in NAMES:
        raise NotFound("Ce fichier n’existe pas, ou plus.")
    suffix = name[name.rindex(".") :]
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    body = content(name)
    if suffix in COMPRESSED and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = compressed(name)
    return Response(body, media_type=MEDIA[suffix], headers=headers)
