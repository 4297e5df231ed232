"""Files as tables of texts: whatever is wrong with one is told, and none of them costs memory or is evaluated."""

import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from plie_orientation import sheets
from plie_orientation.domain.columns import escaped
from plie_orientation.sheets import TooBigUnfolded, TooManyRows, Unreadable, read, read_apart


def xlsx(*rows: tuple[object, ...]) -> bytes:
    book, written = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(written)
    return written.getvalue()


def zipped(**parts: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in parts.items():
            made.writestr(name, body)
    return written.getvalue()


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_csv_is_read_whatever_its_separator_and_encoding(separator: str, encoding: str) -> None:
    text = separator.join(("Nom", "Prénom")) + "\r\n" + separator.join(("Bérard", "Noémie")) + "\r\n"
    sheet = read(text.encode(encoding))
    assert sheet.columns == ("Nom", "Prénom")
    assert sheet.rows == (("Bérard", "Noémie"),)


def test_a_workbook_gives_the_same_texts_as_a_csv() -> None:
    sheet = read(xlsx(("Nom", "Naissance", "Niveau", "RSA"), ("Bérard", date(1983, 5, 4), 3, True)))
    assert sheet.rows == (("Bérard", "1983-05-04", "3", "oui"),)


def test_a_formula_is_never_evaluated() -> None:
    assert read(b"Nom;Tel\n=1+1;+33476000000\n").rows == (("=1+1", "+33476000000"),)
    assert "3" not in read(xlsx(("Nom", "Tel"), ("=1+2", "x"))).rows[0]


def test_empty_lines_are_left_out_and_numbers_stay_those_of_the_file() -> None:
    sheet = read(b"\nNom;Tel\n\nA;1\n;\nB;2\n")
    assert (sheet.columns, sheet.numbers) == (("Nom", "Tel"), (4, 6))


@pytest.mark.parametrize(
    "content", [b"", b"Nom;Tel\n", b"\x89PNG\x00\x01", b"PK\x03\x04nonsense", b'Nom\n"A\n' + b"x" * 200_000]
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read(content)


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    with pytest.raises(Unreadable):
        read(zipped(readme=b"hello"))


def test_a_file_that_unfolds_too_far_is_not_opened() -> None:
    bomb = zipped(**{"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": b"0" * (sheets.LARGEST + 1)})
    assert len(bomb) < 100_000
    with pytest.raises(TooBigUnfolded):
        read(bomb)


def test_a_bomb_that_lies_about_its_size_is_not_opened_either() -> None:
    bomb = zipped(**{"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": b"0" * 30_000_000})
    size = (30_000_000).to_bytes(4, "little")
    with pytest.raises((Unreadable, TooBigUnfolded)):
        read(bomb.replace(size, (10).to_bytes(4, "little")))


def test_a_cell_far_away_does_not_make_a_huge_table() -> None:
    book, written = Workbook(), io.BytesIO()
    book.active["A1"] = "Nom"
    book.active["XFD1048576"] = "loin"
    book.save(written)
    with pytest.raises(TooManyRows):
        read(written.getvalue())


def changed(book: bytes, part: str, *replacements: tuple[bytes, bytes], named: str | None = None) -> bytes:
    """The same workbook with another text in one of its parts, under another name if given."""
    with zipfile.ZipFile(io.BytesIO(book)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    body = parts.pop(part)
    for old, new in replacements:
        assert old in body
        body = body.replace(old, new)
    return zipped(**{**parts, named or part: body})


SHEET = "xl/worksheets/sheet1.xml"
BOOK = xlsx(("Nom",), ("A",))


@pytest.mark.parametrize(
    "far",
    [
        changed(BOOK, SHEET, (b'r="A2"', b"r='XFD1048576'")),
        changed(BOOK, SHEET, (b'r="A2"', b'r = "XFD1048576"')),
        changed(BOOK, SHEET, (b'r="A2"', b'r="xfd1048576"')),
        changed(BOOK, SHEET, (b'r="A2"', b'r="XFD1048576"'), named="xl/elsewhere.xml"),
    ],
)
def test_a_far_cell_is_found_however_it_is_written(far: bytes) -> None:
    with pytest.raises(TooManyRows):
        read(far)


async def test_a_workbook_that_unfolds_in_its_reader_costs_that_reader_only() -> None:
    hidden = changed(BOOK, SHEET, (b'<row r="2">', b'<row r="1048576">'), (b'r="A2"', b'r="&#88;FD1048576"'))
    text = "x" * 30_000
    same = changed(xlsx((text,), *((text,) for _ in range(2))), SHEET, (b"</sheetData>", ROWS + b"</sheetData>"))
    for content in (hidden, same):
        with pytest.raises((Unreadable, TooManyRows)):
            await read_apart(content)


ROWS = b"".join(b'<row r="%d">%b</row>' % (row, b'<c t="s"><v>0</v></c>' * 60) for row in range(4, 9_000))


async def test_read_apart_tells_the_same() -> None:
    assert await read_apart("Nom;Ville\nBérard;Voiron\n".encode()) == read("Nom;Ville\nBérard;Voiron\n".encode())
    with pytest.raises(TooManyRows) as refused:
        await read_apart(b"Nom\n" + b"A\n" * 10_001)
    assert refused.value.errors[0].path == "file"


def test_a_spreadsheet_of_another_kind_is_refused() -> None:
    with pytest.raises(Unreadable, match="XLSX"):
        read(zipped(**{"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}))


def test_a_damaged_zip_is_unreadable() -> None:
    book = bytearray(zipped(**{"xl/workbook.xml": b"abc" * 1_000}))
    start = 30 + len("xl/workbook.xml")
    book[start : start + 8] = b"\xff" * 8
    with pytest.raises(Unreadable):
        read(bytes(book))


def test_millions_of_columns_are_refused_before_they_are_split() -> None:
    with pytest.raises(Unreadable, match="colonnes"):
        read(b"Nom;Tel\n" + b";" * 20_000_000)


@pytest.mark.parametrize("cell", ["+33476000000", "=1+1", "-5", "@x", "'bonjour"])
def test_what_was_escaped_for_a_spreadsheet_reads_as_before(cell: str) -> None:
    assert read(f"Nom;Tel\nA;{escaped(cell)}\n".encode()).rows[0][1] == cell


def test_ten_thousand_lines_and_no_more() -> None:
    assert len(read(b"Nom\n" + b"A\n" * 10_000).rows) == 10_000
    with pytest.raises(TooManyRows):
        read(b"Nom\n" + b"A\n" * 10_001)
