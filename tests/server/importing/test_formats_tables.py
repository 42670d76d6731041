"""Text of rows: delimiter, quote, header, encoding and line ends are found, told, and can be set."""

import codecs
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from server.importing import FileSettings, ImportFailure, ImportFormat
from server.importing.dialect import find_dialect, unique_names
from server.importing.encoding import encoding_of
from server.importing.source import open_source
from tests.fuzzing import trying
from tests.server.importing.formats import COLUMNS, START, mapping_of, read, row, table

ROWS = [row(0), row(1, "a, b; c\td|e"), row(2, 'said "no"')]


def _write(folder: Path, content: str | bytes, name: str = "calls.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("delimiter", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "vertical bar"), ("^", "'^'")]
)
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str, name: str, end: str) -> None:
    result = read(_write(tmp_path, table(*ROWS, delimiter=delimiter, end=end)), mapping_of(tmp_path, COLUMNS))
    assert result.found == f"CSV, UTF-8, delimiter {name}, 4 columns"
    assert result.ids == ["c0", "c1", "c2"]
    assert result.topics == [cells[3] for cells in ROWS]


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("sep=;\r\n", "header in line 2"),
        ('"sep=;"\r\n', "header in line 2"),
        ("Calls of March 2026\n\n", "header in line 3"),
        ("Report;Calls;;\nFrom;2026-03-01;to;2026-03-31\n;;;\n", "header in line 4"),
        ('"Two\nlines";x;y;z\n', "header in line 3"),
        ("Calls, page 1\x0cof 2\u2028\x85\n\n", "header in line 3"),
    ],
)
def test_lines_above_the_header(tmp_path: Path, before: str, told: str) -> None:
    path = _write(tmp_path, before + table(*ROWS[:2], delimiter=";"))
    for mapping in (
        mapping_of(tmp_path, COLUMNS),
        mapping_of(tmp_path, f"skip_lines = {before.count(chr(10))}\n" + COLUMNS),
    ):
        result = read(path, mapping)
        assert f"delimiter semicolon, {told}" in result.found
        assert result.ids == ["c0", "c1"]
    lines = path.read_text().split("\n")
    assert [lines[reading.line - 1][:2] for reading in result.readings] == ["c0", "c1"]


def test_the_delimiter_of_a_file_of_decimal_commas(tmp_path: Path) -> None:
    content = "Id;Who;When;Topic\n" + "".join(f"c{n};Ava;{START};1,5\n" for n in range(5))
    assert read(_write(tmp_path, content), mapping_of(tmp_path, COLUMNS)).topics == ["1,5"] * 5


def test_quotes(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, COLUMNS)
    single = "'Id','Who','When','Topic'\n" + f"'c0','Ava','{START}','a, b'\n"
    result = read(_write(tmp_path, single), mapping)
    assert (result.topics, result.found) == (["a, b"], "CSV, UTF-8, delimiter comma, ' as quote, 4 columns")
    plain = f'Id\tWho\tWhen\tTopic\nc0\tAva\t{START}\t"a" b\n'
    assert read(_write(tmp_path, plain), mapping).faults
    result = read(_write(tmp_path, plain), mapping, quote="")
    assert (result.topics, result.found) == (['"a" b'], "CSV, UTF-8, delimiter tab, no quotes, 4 columns")


def test_without_a_header(tmp_path: Path) -> None:
    path = _write(tmp_path, "".join(f"c{number};Ava;{START};x\n" for number in range(4)))
    with pytest.raises(ImportFailure, match=r"calls.csv: line 1: there is no header: 'c0, Ava, .*names in the mapping"):
        read(path, mapping_of(tmp_path, COLUMNS))
    names = ("Id", "Who", "When", "Topic")
    mapping = mapping_of(tmp_path, 'names = ["Id", "Who", "When", "Topic"]\n' + COLUMNS)
    for result in (read(path, mapping), read(path, mapping_of(tmp_path, COLUMNS), names=names)):
        assert result.found == "CSV, UTF-8, delimiter semicolon, no header, 4 columns"
        assert result.ids == ["c0", "c1", "c2", "c3"]
        assert [reading.line for reading in result.readings] == [1, 2, 3, 4]
    with pytest.raises(ImportFailure, match="names has 3 names, but the rows have 4 cells"):
        read(path, mapping, names=names[:3])


def test_an_unknown_delimiter_is_one_sentence(tmp_path: Path) -> None:
    path = _write(tmp_path, table(*ROWS[:1]).replace(",", "/"))
    with pytest.raises(ImportFailure) as caught:
        read(path, mapping_of(tmp_path, COLUMNS))
    assert str(caught.value) == (
        f"{path}: line 1: no delimiter divides the lines into cells; tried: comma, semicolon, tab, |; "
        "set delimiter in the mapping, or --delimiter, if it is another one"
    )
    assert read(path, mapping_of(tmp_path, COLUMNS), delimiter="/").ids == ["c0"]


def test_names_that_are_repeated_or_missing(tmp_path: Path) -> None:
    assert unique_names(["a", "", "a", " ", "a"]) == ["a", "column 2", "a (2)", "column 4", "a (3)"]
    mapping = mapping_of(tmp_path, COLUMNS.replace('topic = "Topic"', 'topic = "Topic (2)"'))
    path = _write(tmp_path, f"Id,Who,When,Topic,,Topic\nc0,Ava,{START},x,,y\n")
    assert read(path, mapping).topics == ["y"]


def test_empty_cells_behind_the_last_column(tmp_path: Path) -> None:
    path = _write(tmp_path, f"Id,Who,When,Topic\nc0,Ava,{START},x,,\nc2,Ava,{START},x,,\nc1,Ava,{START},x,,y\n")
    result = read(path, mapping_of(tmp_path, COLUMNS))
    assert result.ids == ["c0", "c2"]
    assert result.faults == [(4, 5, "the row has 6 cells; expected 4, like the header")]


SHIFTED = f"c1,Ava,{START},1,205,"
"""Of five columns, with a topic ``1,205`` without quotes and an empty note."""


@pytest.mark.parametrize(
    ("header_end", "end", "extra", "ids"),
    [
        ("", "", SHIFTED, ["c0", "c2"]),
        ("", ",", SHIFTED + ",", ["c0", "c2"]),
        (",", ",", SHIFTED + ",", ["c0", "c2"]),
        ("", "", f"c1,Ava,{START},x,,", ["c0", "c2"]),
        ("", ",", f"c1,Ava,{START},x,,", ["c0", "c1", "c2"]),
        ("", ",,", f"c1,Ava,{START},x,,", ["c0", "c2"]),
        ("", ",", f"c1,Ava,{START},x,", ["c1"]),
        ("", ",", f"c1,Ava,{START},1,205,refund,", ["c0", "c2"]),
    ],
)
def test_only_lines_that_all_end_in_delimiters_may_be_longer(
    tmp_path: Path, header_end: str, end: str, extra: str, ids: list[str]
) -> None:
    rows = [f"c0,Ava,{START},x,{end}", extra, f"c2,Ava,{START},x,y{end}"]
    path = _write(tmp_path, "".join(f"{line}\n" for line in [f"Id,Who,When,Topic,Note{header_end}", *rows]))
    assert read(path, mapping_of(tmp_path, COLUMNS)).ids == ids


@pytest.mark.parametrize(("cells", "column"), [("1,205,", 6), ("1,205,,", 6), ("", 4), ("1", 5)])
def test_the_only_row_of_a_file_does_not_tell_how_its_lines_end(tmp_path: Path, cells: str, column: int) -> None:
    line = ",".join(["c0", "Ava", START, *([cells] if cells else [])])
    result = read(_write(tmp_path, f"Id,Who,When,Topic,Note\n{line}\n"), mapping_of(tmp_path, COLUMNS))
    assert result.ids == []
    assert [fault[:2] for fault in result.faults] == [(2, column)]
    assert f"the row has {line.count(',') + 1} cells; expected 5, like the header" in result.faults[0][2]


def test_rejected_rows_of_such_lines_can_be_read_again(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, COLUMNS)
    rows = [f"c0,Ava,{START},x,,", "c1,Ava,soon,x,,", f"{SHIFTED},"]
    path = _write(tmp_path, "".join(f"{line}\n" for line in ["Id,Who,When,Topic,Note", *rows]))
    kept = tmp_path / "calls.rejected.csv"
    with open_source(path, mapping) as source:
        file = source.rows.reject_file(kept)
        for reading in source.rows.readings():
            if reading.faults:
                file.add(reading, "why")
        file.close()
    kept.write_text(kept.read_text().replace("soon", START))
    again = read(kept, mapping)
    assert again.ids == ["c1"]
    assert again.faults == [(3, 7, "the row has 8 cells; expected 6, like the header")]


WESTERN = ["Müller", "café", "Zoë", "£5", "5 €", "“quoted”", "Ñandú", "Straße", "São Paulo"]
CHINESE = ["张三", "王小明", "客户服务", "投诉", "预约", "北京", "账单问题"]


@pytest.mark.parametrize(
    ("encoding", "topics", "told"),
    [
        ("utf-8-sig", [*WESTERN, *CHINESE, "🎉"], "UTF-8"),
        ("utf-16", [*WESTERN, *CHINESE, "🎉"], "UTF-16"),
        ("utf-16-le", [*WESTERN, *CHINESE, "🎉"], "UTF-16"),
        ("utf-16-be", [*WESTERN, *CHINESE, "🎉"], "UTF-16"),
        ("utf-32", [*WESTERN, *CHINESE, "🎉"], "utf-32-le"),
        ("cp1252", WESTERN, "cp1252 (guessed)"),
        ("cp1252", ["l’été", "cœur – œuvre", "un café"], "cp1252 (guessed)"),
        ("cp1252", ["don’t—never", "a coöperation"], "cp1252 (guessed)"),
        ("mac_roman", ["Müller", "Größe"], "mac_roman (guessed)"),
        ("mac_roman", ["l’été", "créée", "le problème"], "mac_roman (guessed)"),
        ("mac_roman", ["mañana", "teléfono"], "mac_roman (guessed)"),
        ("gbk", CHINESE, "GBK (gb18030) (guessed)"),
        ("gb18030", CHINESE, "GBK (gb18030) (guessed)"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, topics: list[str], told: str) -> None:
    content = table(*[row(number, topic) for number, topic in enumerate(topics)], end="\r\n")
    result = read(_write(tmp_path, content.encode(encoding)), mapping_of(tmp_path, COLUMNS))
    assert result.topics == topics
    assert result.found == f"CSV, {told}, delimiter comma, 4 columns"


def test_the_encoding_of_a_file_that_begins_with_ascii_alone(tmp_path: Path) -> None:
    plain = [row(number, "x" * 90) for number in range(5_000)]
    content = table(*plain, row(5_000, "Müller")).encode("cp1252")
    result = read(_write(tmp_path, content), mapping_of(tmp_path, COLUMNS))
    assert (result.topics[-1], result.faults) == ("Müller", [])
    assert "cp1252 (guessed)" in result.found


def test_some_wrong_bytes_do_not_make_another_encoding(tmp_path: Path) -> None:
    content = table(*[row(number, topic) for number, topic in enumerate(WESTERN)]).encode()
    result = read(_write(tmp_path, content.replace("é".encode(), b"\xe9")), mapping_of(tmp_path, COLUMNS))
    assert "UTF-8" in result.found
    ((line, column, reason),) = result.faults
    assert (line, column) == (3, 4)
    assert "the cell is not UTF-8; allowed: text in UTF-8; if the whole file is in another encoding, set" in reason


def test_bytes_that_the_given_encoding_does_not_have(tmp_path: Path) -> None:
    content = table(row(0, "Müller"), row(1, "x")).encode("cp1252").replace(b",x\n", b",\x81\n")
    result = read(_write(tmp_path, content), mapping_of(tmp_path, COLUMNS), encoding="cp1252")
    assert result.ids == ["c0"]
    assert [fault[:2] for fault in result.faults] == [(3, 4)]
    with pytest.raises(ImportFailure, match="'hex' is unknown; allowed: a name such as utf-8, cp1252"):
        read(tmp_path / "calls.csv", encoding="hex")


def test_utf16_that_ends_within_a_character(tmp_path: Path) -> None:
    path = _write(tmp_path, table(row(0)).encode("utf-16") + b"x")
    with pytest.raises(ImportFailure, match="the text is not utf-16-le"):
        read(path, mapping_of(tmp_path, COLUMNS))


@pytest.mark.parametrize("number", ["1.76363E+12", "1,76363E+12", "2E+10"])
def test_ids_that_a_spreadsheet_has_rounded(tmp_path: Path, number: str) -> None:
    path = _write(tmp_path, table([number, "Ava", START, ""], delimiter=";"))
    with pytest.raises(
        ImportFailure, match=f"line 2:1: Id: {re.escape(repr(number))} is a number that a spreadsheet has round"
    ):
        read(path, mapping_of(tmp_path, COLUMNS))
    with pytest.raises(ImportFailure, match=r"line 2:1: call_id: .* is a number that a spreadsheet has rounded"):
        read(_write(tmp_path, f"call_id;agent;timestamp\n{number};Ava;{START}\n"))


@pytest.mark.parametrize("name", ["1763630127945", "1e5", "E+12", "A1E+12", "1.5"])
def test_ids_that_only_look_like_that(tmp_path: Path, name: str) -> None:
    path = _write(tmp_path, table([name, "Ava", START, ""]))
    assert read(path, mapping_of(tmp_path, COLUMNS)).ids == [name]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty (0 bytes); export it again"),
        (b"\r\n \n", "the file has only blank lines; export it again"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "the file is an Excel workbook of 1997 to 2003 (.xls); save it as .xlsx or CSV"),
        (b"\x28\xb5\x2f\xfd\x04", "the file is compressed with Zstandard; use gzip or ZIP"),
        (b"%PDF-1.7", "the file is a PDF; export the calls as CSV, JSON or .xlsx"),
        (b"<html><table>", "the file is HTML or XML, which some systems write under the name .xls"),
        (b"\x1f\x8b\x08\x00", "the compressed file is damaged or cut short"),
        (b"PK\x03\x04oh", "the ZIP archive is damaged"),
        (b"PAR1....", "the Parquet file cannot be read"),
        (b"a,b\n\x001,2\n", "line 2: the file has NUL bytes"),
        (b"call_id,agent\n", "column timestamp is missing"),
    ],
)
@pytest.mark.parametrize("name", ["calls.csv", "calls.json", "calls"])
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = _write(tmp_path, content, name)
    with pytest.raises(ImportFailure) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert len(str(caught.value).splitlines()) == 1


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x1e"), max_size=12)


@pytest.mark.fuzz
@given(
    topics=st.lists(
        st.one_of(CELLS, st.sampled_from(["a,b", "a;b\tc|d", 'x"y', "1,5", "1.5"])), min_size=1, max_size=12
    ),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(("\n", "\r\n", "\r")),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")),
    above=st.integers(0, 3),
)
@trying(150)
def test_any_table_is_read_as_it_was_written(
    tmp_path: Path, topics: list[str], delimiter: str, end: str, encoding: str, above: int
) -> None:
    title = "".join(f"Title {number}{end}" for number in range(above))
    content = title + table(*[row(n, topic) for n, topic in enumerate(topics)], delimiter=delimiter, end=end)
    assume(encoding.startswith("utf-8") or content[:512].isascii())  # without a mark, UTF-16 is known by its ASCII
    result = read(_write(tmp_path, content.encode(encoding)), mapping_of(tmp_path, COLUMNS))
    assert result.ids == [f"c{number}" for number in range(len(topics))]
    assert [topic or "" for topic in result.topics] == [topic if topic.strip() else "" for topic in topics]


_PLAIN = st.sampled_from("abcdefghijklmnopqrstuvwxyz .")
_MARKED = st.sampled_from("ÄÖÜäöüßéèêàçñóúíáåæø€–“”")
WESTERN_TEXTS = st.lists(st.one_of(_PLAIN, st.tuples(_MARKED, _PLAIN).map("".join)), max_size=20).map("".join)
"""Letters with accents do not follow each other, as they hardly do in languages of Western Europe."""


@pytest.mark.fuzz
@given(texts=st.lists(WESTERN_TEXTS, min_size=1, max_size=20), marked=_MARKED)
@trying(300)
def test_western_texts_are_never_read_as_chinese(texts: list[str], marked: str) -> None:
    content = "\n".join(f"{number},{marked} agent,{text}" for number, text in enumerate(texts)).encode("cp1252")
    try:
        found = encoding_of(content, None)
    except ImportFailure:  # such letters are not of one language
        return
    assert found.name not in ("gb18030", "big5", "cp949", "euc_jp", "shift_jis")


HAN = st.text(
    st.sampled_from(
        [bytes((lead, trail)).decode("gb2312") for lead in range(0xB0, 0xD7) for trail in range(0xA1, 0xFF)]
    ),
    min_size=2,
    max_size=12,
)
"""The common characters of Chinese."""


@pytest.mark.fuzz
@given(texts=st.lists(HAN, min_size=1, max_size=20), encoding=st.sampled_from(("gbk", "gb18030")))
@example(texts=["一一", "一一", "一一一丁"], encoding="gbk")
@trying(200)
def test_chinese_texts_are_never_read_as_western(texts: list[str], encoding: str) -> None:
    content = "\n".join(f"{number},agent,{text}" for number, text in enumerate(texts)).encode(encoding)
    try:
        content.decode()
    except UnicodeDecodeError:
        pass
    else:
        return  # by chance it is UTF-8
    with suppress(ImportFailure):  # most of the characters are rare, or it may be Korean as well
        assert encoding_of(content, None).name == "gb18030"


@pytest.mark.fuzz
@given(head=st.binary(max_size=300), given=st.sampled_from((None, "cp1252", "utf-16", "gbk")))
@trying(300)
def test_any_bytes_have_an_encoding_or_are_refused(head: bytes, given: str | None) -> None:
    try:
        found = encoding_of(head, given)
    except ImportFailure:
        return
    codecs.lookup(found.name)
    assert found.words


@pytest.mark.fuzz
@given(
    head=st.text(st.sampled_from("ab1,;\t|\"'\n\r =sep^"), max_size=120),
    settings=st.fixed_dictionaries(
        {},
        optional={
            "delimiter": st.sampled_from(",;a"),
            "quote": st.sampled_from(("", "'", '"')),
            "skip_lines": st.integers(0, 4),
            "names": st.lists(st.text(min_size=1), min_size=1, max_size=3).map(tuple),
        },
    ),
)
@trying(300)
def test_any_text_has_a_dialect_or_is_refused(head: str, settings: dict[str, Any]) -> None:
    try:
        found = find_dialect(head, FileSettings(**settings), lambda names: "a" in names)
    except ImportFailure:
        return
    assert found.words
    assert found.skip_lines <= max(len(head.splitlines()), settings.get("skip_lines", 0))


def test_a_map_for_columns_and_a_file_of_json(tmp_path: Path) -> None:
    path = _write(tmp_path, '{"id": "1"}\n' * 5, "calls.jsonl")
    result = read(path, mapping_of(tmp_path, COLUMNS))
    assert {reason.partition(";")[0] for _, _, reason in result.faults if "Id" in reason} == {"Id: it is missing"}


def test_the_format_can_be_set_by_the_mapping(tmp_path: Path) -> None:
    path = _write(tmp_path, table(*ROWS[:1]))
    mapping = mapping_of(tmp_path, 'format = "json"\n' + COLUMNS)
    with pytest.raises(ImportFailure, match="the file is not JSON"):
        read(path, mapping)
    assert read(path, mapping, format=ImportFormat.CSV).ids == ["c0"]


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n"])
def test_lines_that_end_with_carriage_returns_and_breaks_in_cells(tmp_path: Path, break_: str) -> None:
    """Spreadsheets on a Mac write CR at the ends of lines, and LF within cells."""
    rows = [row(0, f'"two{break_}lines"'), row(1), row(2, f'"a{break_}b{break_}c"')]
    text = "".join(",".join(cells) + "\r" for cells in (["Id", "Who", "When", "Topic"], *rows))
    result = read(_write(tmp_path, text), mapping_of(tmp_path, COLUMNS))
    assert result.ids == ["c0", "c1", "c2"]
    assert result.topics == ["two\nlines", "billing", "a\nb\nc"]


def test_carriage_returns_at_the_edge_of_what_is_read(tmp_path: Path) -> None:
    long = "x" * 480
    rows = [row(number, f"{long[number % 7 :]}\r\n{long}") for number in range(1_200)]
    result = read(_write(tmp_path, table(*rows, end="\r")), mapping_of(tmp_path, COLUMNS))
    assert result.topics == [f"{long[number % 7 :]}\n{long}" for number in range(1_200)]


def test_a_carriage_return_within_a_line(tmp_path: Path) -> None:
    text = table(row(0), row(1)) + f"c2,Ava,{START},one\rtwo\n" + f"c3,Ava,{START},x\n"
    result = read(_write(tmp_path, text), mapping_of(tmp_path, COLUMNS))
    assert result.ids == ["c0", "c1", "c3"]
    assert [fault[:2] for fault in result.faults] == [(4, 4)]
    assert "there is a carriage return (CR) within the line; allowed: lines that all end" in result.faults[0][2]


def test_rows_of_different_widths_are_told_as_such(tmp_path: Path) -> None:
    rows = ["Ident;Nobody;Date", "1;2", "1;2;3;4", "1;2;3;4;5", "x", "1;2;3;4;5;6;7"]
    told = r"line 1: the rows have different numbers of cells \(1 to 7 with the delimiter semicolon\), and no row is"
    with pytest.raises(ImportFailure, match=told):
        read(_write(tmp_path, "\n".join(rows)), mapping_of(tmp_path, COLUMNS))


def test_formulas_that_keep_a_text_from_being_a_number_are_that_text(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(f'Id,Who,When,Topic\n="0012",Ava,{START},"=""+49 30"""\n0013,Ava,{START},=1+2\n')
    result = read(path, mapping_of(tmp_path, COLUMNS))
    assert (result.ids, result.topics) == (["0012", "0013"], ["+49 30", "=1+2"])
