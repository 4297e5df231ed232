"""Files of orientations as tables of texts: CSV and XLSX, measured before they are read, never evaluated.

A file of somebody else's is read in a process of its own, which has little memory and little time (`read_apart`).
"""

import asyncio
import csv
import io
import json
import lzma
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from plie_chassis.problems import FieldError, Invalid, TooLarge
from plie_chassis.typesetting import NBSP

LARGEST: Final = 50_000_000
"""Bytes, of the file and of what it unfolds to."""
MOST_ROWS: Final = 10_000
MOST_COLUMNS: Final = 200
MOST_CELLS: Final = 2_000_000
MOST_PARTS: Final = 1_000
MEMORY: Final = 1 << 30
SECONDS: Final = 30
WORKBOOK: Final = "xl/workbook.xml"
_CELL: Final = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_ESCAPED: Final = re.compile(r"^'(?=[=+\-@])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Unreadable(Invalid):
    code = "import.file"
    title = "Fichier illisible"


class TooManyRows(Invalid):
    code = "import.too-many-rows"
    title = "Fichier trop long"


class TooBigUnfolded(TooLarge):
    code = "import.too-large"
    title = "Fichier trop volumineux"


@dataclass(frozen=True)
class Sheet:
    """The first line names the columns; empty lines are left out, and `numbers` keeps where the others stood."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]


REFUSALS: Final = {refusal.code: refusal for refusal in (Unreadable, TooManyRows, TooBigUnfolded)}


async def read_apart(content: bytes) -> Sheet:
    """As `read`, whatever the file does to its reader. Raises Unreadable, TooManyRows, TooBigUnfolded."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    told = b""
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                told, _ = await child.communicate(content)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise _at_file(
            Unreadable, "Ce fichier ne se lit pas : trop grand ou abîmé. Enregistrez-le en CSV, puis réessayez."
        )
    found = json.loads(told)
    if "code" in found:
        errors = [FieldError(**error) for error in found["errors"]]
        raise REFUSALS[found["code"]](found["detail"], errors=errors)
    return Sheet(tuple(found["columns"]), tuple(map(tuple, found["rows"])), tuple(found["numbers"]))


def read(content: bytes) -> Sheet:
    """A zip is read as XLSX, anything else as CSV. Raises Unreadable, TooManyRows, TooBigUnfolded."""
    if len(content) > LARGEST:
        raise TooBigUnfolded("Un fichier pèse 50 Mo au plus. Découpez-le.")
    lines = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    filled = []
    for number, cells in enumerate(lines, start=1):
        told = _trimmed(cells)
        if len(told) > MOST_COLUMNS:
            raise _at_file(Unreadable, f"Un fichier compte {MOST_COLUMNS} colonnes au plus.")
        if told:
            filled.append((number, told))
        if len(filled) > MOST_ROWS + 1:
            raise _at_file(TooManyRows, f"Un fichier compte 10{NBSP}000 lignes au plus. Découpez-le.")
    if len(filled) < 2:
        raise _at_file(Unreadable, "Ce fichier n’a pas de ligne à importer. La première ligne nomme les colonnes.")
    (_, columns), *rest = filled
    return Sheet(columns, tuple(cells for _, cells in rest), tuple(number for number, _ in rest))


def _csv(content: bytes) -> Iterator[Sequence[str]]:
    if b"\x00" in content:
        raise _at_file(Unreadable, "Ce n’est ni un fichier CSV ni un fichier XLSX. Enregistrez-le sous l’un des deux.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    if any(one[0].count(separator) > 100 * MOST_COLUMNS for one in re.finditer(r"[^\n]+", text)):
        raise _at_file(Unreadable, f"Un fichier compte {MOST_COLUMNS} colonnes au plus.")
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator)):
            if number > 2 * MOST_ROWS:
                raise _at_file(TooManyRows, f"Un fichier compte 10{NBSP}000 lignes au plus. Découpez-le.")
            yield cells
    except csv.Error:
        raise _at_file(Unreadable, "Ce fichier CSV est mal formé. Vérifiez ses guillemets et son séparateur.") from None


def _xlsx(content: bytes) -> Iterator[Sequence[str]]:
    import python_calamine  # 10 MB that only an import needs

    honest = _unfolded(content)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(honest)
        rows = book.get_sheet_by_index(0).to_python()
    except (python_calamine.CalamineError, IndexError, OSError, ValueError):
        raise _at_file(
            Unreadable, "Ce fichier XLSX ne s’ouvre pas. Enregistrez-le à nouveau, puis réessayez."
        ) from None
    for row in rows:
        yield [_cell(value) for value in row]


def _unfolded(content: bytes) -> io.BytesIO:
    """The same workbook, stored: what it unfolds to is counted while it is unfolded, whatever its headers say.

    A cell far away makes a reader fill all that lies between, so the last one is looked for as well.
    """
    left, stored = LARGEST, io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(stored, "w") as plain:
            parts = packed.infolist()
            if WORKBOOK not in packed.namelist():
                raise _at_file(Unreadable, "Ce n’est pas un fichier XLSX. Enregistrez-le en XLSX ou en CSV.")
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST:
                raise TooBigUnfolded("Ce fichier pèse plus de 50 Mo une fois décompressé. Il n’est pas ouvert.")
            for part in parts:
                with packed.open(part) as member:
                    body = member.read(left + 1)
                left -= len(body)
                if left < 0:
                    raise TooBigUnfolded("Ce fichier pèse plus de 50 Mo une fois décompressé. Il n’est pas ouvert.")
                _refuse_far_cells(body)
                plain.writestr(part.filename, body)
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
    ):
        raise _at_file(
            Unreadable, "Ce fichier XLSX ne s’ouvre pas. Enregistrez-le à nouveau, puis réessayez."
        ) from None
    stored.seek(0)
    return stored


def _refuse_far_cells(part: bytes) -> None:
    """What a workbook usually says of its cells; one that hides them meets the limits of `read_apart`."""
    last_row = last_column = 1
    for cell in _CELL.finditer(part):
        letters, digits = cell[1].upper(), cell[2]
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        last_row, last_column = max(last_row, int(digits)), max(last_column, column)
    if last_row * last_column > MOST_CELLS:
        raise _at_file(
            TooManyRows,
            f"La feuille va jusqu’à la ligne {last_row}, colonne {last_column}. Supprimez les lignes et colonnes vides.",
        )


def _cell(value: Any) -> str:
    match value:
        case bool():
            return "oui" if value else "non"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() | date():
            return value.isoformat()[:10]
        case _:
            return str(value)


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    """Texts without invisible characters, without the empty ones at the end, and as they were before `imports.escaped`."""
    told = [_ESCAPED.sub("", _CONTROL.sub("", cell).strip(), count=1) for cell in cells]
    while told and not told[-1]:
        told.pop()
    return tuple(told)


def _at_file(refusal: type[Invalid], message: str) -> Invalid:
    return refusal(message, errors=[FieldError("file", refusal.code, message)])


def main() -> None:
    """One file in, what was read or why it was not out; whatever goes wrong ends this process only."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told = asdict(read(sys.stdin.buffer.read()))
    except Invalid as refused:
        told = {"code": refused.code, "detail": refused.detail, "errors": [asdict(error) for error in refused.errors]}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
