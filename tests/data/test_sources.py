"""Files, read as they are: held against the standard library and pyarrow, which wrote them."""

import bz2
import csv
import datetime
import gzip
import io
import json
import lzma
import string
import sys
import zipfile
from pathlib import PurePath

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather

from helpers.data import ingest
from helpers.data.sources import key_of, open_source
from helpers.data.sources.files import read, read_one
from helpers.data.table import frame_of
from helpers.errors import BadInput, MissingExtra
from helpers.secrets import without_secret

calm = settings(max_examples=60, deadline=None)
BIG = 2**53 + 1  # the first whole number that a float cannot hold
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff"),
    min_size=1,
    max_size=9,
)
SHORT = st.text(string.ascii_letters + "0123456789 ,;|'\"\n", min_size=1, max_size=8)


def read_file(path):
    """The table in a file, as pandas has it."""
    return frame_of(read_one(path).read_all())


def values(frame):
    """The rows of a table as lists, anything missing as None."""
    objects = frame.astype(object)
    return objects.where(objects.notna(), None).to_numpy(object).tolist()


@pytest.fixture
def file(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refused(path, *words):
    """The one line with which a file is refused: it names the file and holds the words."""
    with pytest.raises(BadInput) as told:
        read_file(path)
    line = str(told.value)
    assert "\n" not in line
    for word in (path.name, *words):
        assert word in line
    return line


def test_values_of_a_csv_come_as_they_are(file):
    text = 'zip,note,empty\n00501,NA,\n02134,"a ""b"", c","two\nlines"\n 7 ,null,1e5\n'
    assert values(read_file(file("a.csv", text))) == [
        ["00501", "NA", None],
        ["02134", 'a "b", c', "two\nlines"],
        [" 7 ", "null", "1e5"],
    ]


@calm
@given(
    rows=st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=8),
    separator=st.sampled_from([",", ";", "\t", "|"]),
)
def test_what_the_csv_module_writes_is_read_back_unchanged(tmp_path_factory, rows, separator):
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    frame = read_file(path)
    assert list(frame.columns) == ["a", "b", "c"]
    assert values(frame) == rows


@calm
@given(rows=st.lists(st.tuples(SHORT, st.one_of(st.just(""), SHORT), SHORT), min_size=1, max_size=6))
def test_separators_quotes_and_line_breaks_inside_quotes_are_part_of_the_value(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
    assert values(read_file(path)) == [list(row) for row in rows]


@pytest.mark.parametrize(("suffix", "separator"), [("csv", ";"), ("tsv", "\t"), ("txt", "|"), ("dat", ",")])
def test_the_separator_is_found_even_where_a_decimal_comma_stands(file, suffix, separator):
    rows = [["a", "b", "c"], ["1.5", "x y", "3"], ["2.5", "z", "4"]]
    text = "\n".join(separator.join(row) for row in rows) + "\n"
    assert values(read_file(file(f"a.{suffix}", text))) == rows[1:]
    assert values(read_file(file("comma.csv", "a;b\n1,5;2\n2,5;3\n"))) == [["1,5", "2"], ["2,5", "3"]]


def test_a_separator_inside_quotes_does_not_win(file):
    text = 'text;n\n"a,b,c,d";1\n"e,f,g,h";2\n'
    assert values(read_file(file("a.csv", text))) == [["a,b,c,d", "1"], ["e,f,g,h", "2"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_of_the_three_ways(file, end):
    text = end.join(["a,b", "1,2", "3,4", ""])
    assert values(read_file(file("a.csv", text))) == [["1", "2"], ["3", "4"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_an_encoding_is_told_from_the_bytes(file, encoding):
    frame = read_file(file("a.csv", "Straße,ort\n12,Zürich\n13,Málaga\n".encode(encoding)))
    assert list(frame.columns) == ["Straße", "ort"]
    assert values(frame) == [["12", "Zürich"], ["13", "Málaga"]]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_an_encoding_that_cannot_be_told_is_refused_rather_than_garbled(file, encoding):
    refused(file("a.csv", "id,ort\n1,Zürich\n".encode(encoding)))


def test_a_letter_that_is_no_utf_8_late_in_the_file_is_refused(file):
    late = ("id,ort\n" + "1,abc\n" * 20_000).encode() + "1,Zürich\n".encode("latin-1")
    refused(file("a.csv", late), "UTF-8")


def test_a_character_cut_by_the_end_of_the_first_block_is_no_mistake(file):
    for shift in range(4):
        text = "a,b\n" + "x" * shift + "€" * 30_000 + ",1\n"
        assert values(read_file(file("a.csv", text))) == [["x" * shift + "€" * 30_000, "1"]]


def zstd(data):
    return pa.Codec("zstd").compress(data, asbytes=True)


def zipped(data):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("inside.csv", data)
    return made.getvalue()


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        ("gz", gzip.compress),
        ("GZ", gzip.compress),
        ("bz2", bz2.compress),
        ("xz", lzma.compress),
        ("zip", zipped),
        ("zst", zstd),
    ],
)
def test_a_packed_csv_reads_like_the_plain_one(file, suffix, pack):
    plain = 'zip,n\n007,"é, x"\n008,\n'
    packed = read_file(file(f"a.csv.{suffix}", pack(plain.encode())))
    pd.testing.assert_frame_equal(packed, read_file(file("a.csv", plain)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 5000)[:-20]),
        ("no.csv.gz", b"a,b\n1,2\n"),
        ("no.csv.xz", b"a,b\n1,2\n"),
        ("no.csv.bz2", b"a,b\n1,2\n"),
        ("no.csv.zip", b"a,b\n1,2\n"),
        ("a.csv.zst", b"\x28\xb5\x2f\xfd\x04\x00"),
    ],
    ids=lambda value: value if isinstance(value, str) else "bytes",
)
def test_a_packed_file_that_is_broken_is_refused(file, name, content):
    refused(file(name, content), "pack")


def test_an_archive_with_several_files_is_refused(file):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("one.csv", "a,b\n1,2\n")
        archive.writestr("two.csv", "a,b\n1,2\n")
    refused(file("a.csv.zip", made.getvalue()), "2 files")


@pytest.mark.parametrize("suffix", ["jsonl", "ndjson", "json"])
def test_json_lines_keep_long_numbers_missing_values_and_leading_zeros(file, suffix):
    records = [
        {"n": BIG, "z": "007", "d": "2020-01-02", "x": 0.1 + 0.2, "flag": True},
        {"n": None, "z": "é\u2028x", "d": "2020-01-03", "x": 1e-7, "flag": None},
        {"n": -(2**63), "z": None, "x": None, "flag": False},
    ]
    text = "\n".join(json.dumps(r, ensure_ascii=False) for r in records)
    names = ["n", "z", "d", "x", "flag"]
    assert values(read_file(file(f"a.{suffix}", text))) == [[r.get(n) for n in names] for r in records]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_array_of_records_is_a_table_however_it_is_laid_out(file, indent):
    records = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    frame = read_file(file("a.json", json.dumps(records, indent=indent)))
    assert frame.to_dict("records") == records


def test_a_broken_line_of_json_is_named(file):
    refused(file("a.jsonl", '{"a": 1}\n{"a": 2}\n{"a":\n'), "line 3")
    refused(file("b.jsonl", '"only a word"\n'))


@pytest.mark.parametrize("kind", ["parquet", "pq", "feather", "arrow"])
def test_parquet_and_feather_keep_every_value(tmp_path, kind):
    written = {
        "whole": [BIG, None, -(2**63)],
        "full": [2**63 - 1, 2, 3],
        "x": [0.1, None, -1e300],
        "s": ["007", None, "NA"],
        "flag": [True, None, False],
    }
    path = tmp_path / f"a.{kind}"
    table = pa.table(written)
    feather.write_feather(table, path) if kind in ("feather", "arrow") else pq.write_table(table, path)
    frame = read_file(path)
    assert values(frame) == [list(row) for row in zip(*written.values(), strict=True)]
    assert frame["full"].dtype == "int64"


@pytest.fixture
def sheet(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")

    def write(*rows):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / "a.xlsx")
        return tmp_path / "a.xlsx"

    return write


def test_the_cells_of_an_excel_sheet_come_as_they_are(sheet):
    day = datetime.datetime(2020, 2, 29)
    rows = [["007", "NA", 1, 1.5, day, True], ["008", None, 2, None, None, False]]
    frame = read_file(sheet(["zip", "note", "n", "x", "when", 2019], *rows))
    assert list(frame.columns) == ["zip", "note", "n", "x", "when", "2019"]
    assert values(frame) == rows


def test_an_excel_sheet_with_two_columns_of_one_name_or_no_row_is_refused(sheet):
    refused(sheet(["a", "a"], [1, 2]), "'a'")
    refused(sheet(["a", "b"]), "no row")


@pytest.fixture
def book(tmp_path):
    """An Excel file of these sheets, name -> rows."""
    openpyxl = pytest.importorskip("openpyxl")

    def write(**sheets):
        made = openpyxl.Workbook()
        made.remove(made.active)
        for name, rows in sheets.items():
            sheet = made.create_sheet(name)
            for row in rows:
                sheet.append(row)
        made.save(tmp_path / "book.xlsx")
        return tmp_path / "book.xlsx"

    return write


PRICES, NOTES = [["a", "b"], [1, 2]], [["c"], ["x"], ["y"]]


def test_a_sheet_of_an_excel_file_is_named_behind_it(book, tmp_path):
    book(Notes=NOTES, **{"My prices": PRICES})
    for name in ("book.xlsx?sheet=My prices", "book.xlsx?sheet=My%20prices", "*.xlsx?sheet=My prices"):
        table, record = ingest.original(open_source(name, root=tmp_path), tmp_path / "kept", tmp_path)
        assert values(table.frame()) == [[1, 2]]
        assert record["source"].endswith(".xlsx")  # the same file, whatever is read of it
    other = ingest.original(open_source("book.xlsx?sheet=Notes", root=tmp_path), tmp_path / "kept", tmp_path)[
        0
    ]
    assert values(other.frame()) == [["x"], ["y"]]
    assert key_of("book.xlsx?sheet=Notes", None, tmp_path) == open_source("book.xlsx", root=tmp_path).key


def test_several_sheets_with_values_are_not_read_without_a_name_and_the_line_tells_them(book):
    told = refused(book(Prices=PRICES, Empty=[], Notes=NOTES), "2 sheets", "'Prices', 'Notes'")
    assert "'book.xlsx?sheet=Prices'" in told


def test_the_only_sheet_with_values_needs_no_name(book):
    assert values(read_file(book(Empty=[], Prices=PRICES))) == [[1, 2]]


def test_a_sheet_that_is_not_there_is_refused_with_the_nearest_name(book, file):
    with pytest.raises(
        BadInput, match=r"book\.xlsx has no sheet 'Price'.*did you mean 'Prices'.*Prices, Notes"
    ):
        read_one(book(Prices=PRICES, Notes=NOTES), "Price")
    with pytest.raises(BadInput, match=r"a\.csv is no Excel file"):
        read_one(file("a.csv", "a,b\n1,2\n"), "Prices")


def test_without_openpyxl_the_message_says_what_to_install(file, monkeypatch):
    for name in [m for m in sys.modules if m.partition(".")[0] == "openpyxl"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:  # enough of a workbook for its kind to be seen
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(MissingExtra) as told:
        read_file(file("a.xlsx", made.getvalue()))
    assert "openpyxl" in str(told.value)
    assert "pip install" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("long.csv", "a,b\n1,2\n1,2,3\n", "line 3"),
        ("short.csv", "a,b,c\n1,2,3\n\n4,5,6\n7,8\n", "line 5"),
        ("cut.csv", 'a,b\n1,"x\ny"\n2', "line 4"),
        ("title.csv", "A table of mine\na,b\n1,2\n", "line 2"),
        ("open.csv", 'a,b\n"1,2\n3,4\n', "csv"),
        ("header.csv", "a,b\n", "no row"),
        ("empty.csv", "", "empty"),
        ("blank.csv", "\n \n\n", "csv"),
        ("twice.csv", "a,b,a\n1,2,3\n", "'a'"),
        ("line\nbreak.csv", "a,a\n1,2\n", "'a'"),
        ("page.csv", "<!DOCTYPE html>\n<html><body>Not found</body></html>", "web page"),
        ("binary.csv", bytes(range(256)) * 20, "binary"),
        ("zero.csv", b"a,b\n1,\x002\n", "binary"),
        ("a.xyz", "a,b\n1,2\n", ".csv"),
        ("plain", "a,b\n1,2\n", "suffix"),
        ("a.parquet", b"PAR1 no more than this", "parquet"),
        ("a.feather", b"nothing", "feather"),
        ("a.xlsx", b"nothing", "xlsx"),
        ("a.json", "[]", "no row"),
        ("b.json", "[1, 2]", "records"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_line_that_names_it(file, name, content, word):
    path = file(name, content)
    with pytest.raises(BadInput) as told:
        read_file(path)
    assert "\n" not in str(told.value)
    assert path.name.replace("\n", "\\n") in str(told.value)
    assert word in str(told.value)


def test_an_empty_last_field_is_no_short_line(file):
    text = 'a,b,c\n1,2,\n3,4,5\n,,\n"","",""\n   \n'
    rows = [["1", "2", None], ["3", "4", "5"], [None] * 3, [""] * 3]
    assert values(read_file(file("a.csv", text))) == rows


def test_two_columns_of_one_name_are_refused_in_every_format(tmp_path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    feather.write_feather(table, tmp_path / "a.feather")
    pq.write_table(table, tmp_path / "a.parquet")
    refused(tmp_path / "a.feather")
    refused(tmp_path / "a.parquet")


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    refused(tmp_path / "folder.csv", "folder")
    refused(tmp_path / "absent.csv", "no file")


def many(folder, **files):
    """The table that files in a folder are together, told by their names with _ for a point."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read_all(name, root=None):
    source = open_source(str(name), None, root)
    folder = source.files[0].path.parent if len(source.files) == 1 else None
    base = folder or next(p.path.parents[len(PurePath(p.name).parts) - 1] for p in source.files)
    return frame_of(read(base, [p.name for p in source.files]).read_all())


def test_a_folder_and_a_glob_of_files_are_one_table_in_order_of_their_names(tmp_path):
    folder = many(
        tmp_path / "m", b_csv="y,x\n3,4\n", a_csv="x,y\n1,2\n", c_md="no table", _hidden_csv="z\n1\n"
    )
    (folder / "sub").mkdir()
    (folder / "sub" / "d.csv.gz").write_bytes(gzip.compress(b"x,y\n5,6\n"))
    assert values(read_all(folder)) == [["1", "2"], ["4", "3"], ["5", "6"]]
    assert values(read_all(f"{folder}/*.csv")) == [["1", "2"], ["4", "3"]]
    assert values(read_all("m/**/*.csv*", tmp_path)) == [["1", "2"], ["4", "3"], ["5", "6"]]


def test_folders_named_key_value_add_a_column(tmp_path):
    folder = many(tmp_path / "m", year=b"")
    (folder / "year").unlink()
    for year, n in (("2020", 1), ("2021", 2)):
        (folder / f"year={year}").mkdir()
        pq.write_table(pa.table({"n": [n]}), folder / f"year={year}" / "part.parquet")
    frame = read_all(folder)
    assert values(frame) == [[1, "2020"], [2, "2021"]]
    assert list(frame.columns) == ["n", "year"]


def test_files_of_one_table_may_store_numbers_differently_and_no_value_is_lost(tmp_path):
    pq.write_table(pa.table({"n": [1, 2]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"n": [1.5, None]}), tmp_path / "b.parquet")
    assert values(read_all(tmp_path)) == [[1.0], [2.0], [1.5], [None]]
    pq.write_table(pa.table({"n": [BIG]}), tmp_path / "c.parquet")
    assert values(read_all(tmp_path)) == [["1"], ["2"], ["1.5"], [None], [str(BIG)]]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "no file"),
        ("nowhere/*.csv", "matches no file"),
        ("empty", "holds no table"),
        ("notes", "holds no table"),
        ("differ", "b.csv has other columns than a.csv: it has no 'y' and it has 'z'"),
        ("more", "b.csv has other columns than a.csv: it has 'z'"),
        ("broken", "b.csv.gz cannot be unpacked"),
        ("zst", "b.csv.zst cannot be unpacked"),
        ("hollow", "b.csv is empty"),
    ],
)
def test_a_folder_or_a_glob_that_is_no_table_is_told_with_the_file_that_differs(tmp_path, name, said):
    (tmp_path / "empty").mkdir()
    many(tmp_path / "notes", a_md="x")
    many(tmp_path / "differ", a_csv="x,y\n1,2\n", b_csv="x,z\n1,2\n")
    many(tmp_path / "more", a_csv="x,y\n1,2\n", b_csv="x,y,z\n1,2,3\n")
    many(tmp_path / "broken", a_csv="x,y\n1,2\n", b_csv_gz=gzip.compress(b"x,y\n" + b"1,2\n" * 999)[:-9])
    many(tmp_path / "zst", a_csv="x,y\n1,2\n", b_csv_zst=zstd(b"x,y\n" + b"1,2\n" * 999)[:-9])
    many(tmp_path / "hollow", a_csv="x,y\n1,2\n", b_csv="")
    with pytest.raises(BadInput) as told:
        read_all(name, tmp_path)
    assert said in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("line", ["sep=;\r\n", '"sep=;"\n'])
def test_a_line_that_tells_excel_the_separator_is_not_taken_for_the_header(file, line):
    with pytest.raises(BadInput, match="delete that line") as told:
        read_file(file("a.csv", f"\ufeff{line}a;b\nx;1\n"))
    assert "\n" not in str(told.value)
    assert values(read_file(file("b.csv", "sep=;b\nx;1\n"))) == [["x", "1"]]


@pytest.mark.parametrize("write", [pq.write_table, feather.write_feather])
def test_durations_come_as_seconds(tmp_path, write):
    lengths = [datetime.timedelta(days=1), None, datetime.timedelta(microseconds=-1_500_000)]
    for unit in ("s", "ms", "us", "ns"):
        whole = [v and v.total_seconds() * {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[unit] for v in lengths]
        column = pa.array([None if v is None else int(v) for v in whole]).cast(pa.duration(unit))
        path = tmp_path / ("t.parquet" if write is pq.write_table else "t.feather")
        write(pa.table({"d": column}), path)
        expected = [86400.0, None, -1.0 if unit == "s" else -1.5]
        assert values(read_file(path)) == [[v] for v in expected]


def test_a_quote_that_is_never_closed_is_named_by_its_line(file):
    assert "line 3" in refused(file("a.csv", 'a,b\n1,2\n3,"4\n5,6\n'), "never closed")


def test_a_field_larger_than_a_block_is_read_whole(file):
    long = "x" * 9_000_000
    rows = [["1", "a"], [long, "b"], ["3", "c"]]
    text = "n,s\n" + "".join(f"{a},{b}\n" for a, b in rows)
    assert values(read_file(file("a.csv", text))) == rows


@pytest.mark.parametrize("kind", ["parquet", "feather", "xlsx"])
def test_other_kinds_are_read_packed_as_well(tmp_path, kind):
    frame = pd.DataFrame({"n": [1, 2], "s": ["007", "x"]})
    path = tmp_path / f"a.{kind}"
    frame.to_excel(path, index=False) if kind == "xlsx" else getattr(frame, f"to_{kind}")(path)
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert values(read_file(packed)) == [[1, "007"], [2, "x"]]


def test_a_query_over_a_file_is_refused(file):
    with pytest.raises(BadInput, match=r"unset ingest\.query"):
        open_source(str(file("a.csv", "a\n1\n")), "SELECT 1")


def test_columns_without_a_name_get_one_by_their_place(file):
    assert list(read_file(file("a.csv", "a,,c\n1,2,3\n")).columns) == ["a", "column_2", "c"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:pw9@host:5432/db?table=t", "postgresql://ann@host:5432/db?table=t"),
        ("mysql://ann:p%409@host/db", "mysql://ann@host/db"),
        ("postgresql://ann:p@9@host/db", "postgresql://ann@host/db"),
        ("postgresql://ann:p/9@host/db", "postgresql://ann@host/db"),
        ("postgresql://ann:p?9@host/db", "postgresql://ann@host/db"),
        ("postgresql://ann:p#9@host/db", "postgresql://ann@host/db"),
        ("postgresql://ann:p:9@host/db", "postgresql://ann@host/db"),
        (
            "postgresql://host/db?user=ann&password=p9&table=t",
            "postgresql://host/db?user=ann&password=***&table=t",
        ),
        ("postgresql://host:5432/db?table=a@b", "postgresql://host:5432/db?table=a@b"),
        ("postgresql://[::1]:5432/db", "postgresql://[::1]:5432/db"),
        ("postgresql://host:word/db", "postgresql://host:word/db"),
        ("sqlite:///some/file.db?table=t", "sqlite:///some/file.db?table=t"),
        ("sqlite:////some/file.db", "sqlite:////some/file.db"),
        ("data/table.csv", "data/table.csv"),
    ],
)
def test_a_url_is_shown_without_its_password_and_otherwise_as_it_is(url, shown):
    assert without_secret(url) == shown
