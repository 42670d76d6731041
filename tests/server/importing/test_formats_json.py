"""JSON in every shape that calls come in: found by itself, read with the places of what is wrong."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.importing import ImportFailure, ImportFormat
from server.importing import json_text as module
from server.importing.json_text import Element, JsonText
from tests.fuzzing import json_values, trying
from tests.server.importing.formats import START, call, lines, mapping_of, read

CALLS = [call(0), call(1, metrics=[{"metric": "m", "type": "numeric", "value": 1}]), call(2)]
PAGE = {"total": 3, "filters": [], "tags": ["a", "b"], "data": {"calls": CALLS, "next": None}}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (lines(3), "JSON lines"),
        ("\ufeff" + lines(3), "JSON lines"),
        (lines(3).replace("\n", "\r\n"), "JSON lines"),
        (json.dumps(CALLS), "a JSON array"),
        (json.dumps(CALLS, indent=2), "a JSON array"),
        (json.dumps(PAGE), "a JSON document, list data.calls"),
        (json.dumps(PAGE, indent=4), "a JSON document, list data.calls"),
        (json.dumps(PAGE) + "\n" + json.dumps(PAGE), "JSON documents, list data.calls"),
        (lines(3).replace("\n", ""), "JSON lines, several objects on one line"),
        (lines(3).replace("\n", " "), "JSON lines, several objects on one line"),
        (lines(3).replace("\n", ","), "JSON lines, several objects on one line"),
        ("".join(json.dumps(one, indent=1) for one in CALLS), "JSON objects"),
        (",\n".join(json.dumps(one, indent=1) for one in CALLS), "JSON objects"),
        ("\x1e" + lines(3).replace("\n", "\n\x1e"), "a JSON text sequence"),
        (json.dumps(CALLS[:2]) + "\n" + json.dumps(CALLS[2:]), "a JSON array"),
    ],
)
def test_the_shape_is_found(tmp_path: Path, content: str, found: str) -> None:
    for name in ("calls.json", "calls.txt", "calls.csv", "calls"):
        path = tmp_path / name
        path.write_text(content)
        result = read(path)
        assert result.found.removesuffix(", UTF-8") == found
        assert list(dict.fromkeys(result.ids)) == ["c0", "c1", "c2"]
        assert not result.faults


def test_objects_on_one_line_beyond_the_first(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text(lines(2) + json.dumps(call(2)) + json.dumps(call(3, duration=-1)) + "\n" + json.dumps(call(4)))
    result = read(path)
    assert result.ids == ["c0", "c1", "c2", "c4"]
    first = len(json.dumps(call(2)))
    assert [fault[:2] for fault in result.faults] == [(3, first + json.dumps(call(3, duration=-1)).index("-1") + 1)]


def test_one_call_alone(tmp_path: Path) -> None:
    for indent in (None, 2):
        path = tmp_path / "calls.json"
        path.write_text(json.dumps(CALLS[1], indent=indent))
        assert read(path).ids == ["c1"]


def test_a_call_that_is_wrong_is_not_a_document(tmp_path: Path) -> None:
    """Its metrics are a list of objects, too."""
    path = tmp_path / "calls.json"
    path.write_text(json.dumps({**CALLS[1], "duration": -1}))
    assert [reason.partition(":")[0] for _, _, reason in read(path).faults] == ["/duration"]


@pytest.mark.parametrize("size", [1_000, 400_000])
def test_the_list_of_a_large_document_is_found(tmp_path: Path, size: int) -> None:
    path = tmp_path / "calls.json"
    before = {"note": "x" * size, "a": {"b": {"calls": [call(number) for number in range(3_000)]}}, "after": [{"x": 1}]}
    path.write_text(json.dumps(before))
    result = read(path)
    assert result.found == "a JSON document, list a.b.calls"
    assert result.ids == [f"c{number}" for number in range(3_000)]


def test_several_lists_are_asked_about_and_can_be_set(tmp_path: Path) -> None:
    path = tmp_path / "calls.json"
    path.write_text(json.dumps({"old": [call(0)], "new": {"x.y": [call(1)]}}))
    with pytest.raises(ImportFailure, match=r'calls.json: .* several lists: old, new\."x\.y"; set list to the path'):
        read(path)
    assert read(path, list=("old",)).ids == ["c0"]
    assert read(path, list=("new", "x.y")).ids == ["c1"]
    with pytest.raises(ImportFailure, match="no list 'newer'; set list to its path"):
        read(path, list=("newer",))


def test_the_list_with_the_calls_is_preferred(tmp_path: Path) -> None:
    path = tmp_path / "calls.json"
    path.write_text(json.dumps({"agents": [{"name": "Ava"}], "calls": [call(0)]}))
    assert read(path).found == "a JSON document, list calls"


def test_with_a_mapping(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[call]\ncall_id = "id"\nagent = "agent.name"\ntimestamp = "at"\n')
    documents = [{"id": str(number), "agent": {"name": "Ava"}, "at": START} for number in range(3)]
    for content in (json.dumps(documents), json.dumps({"items": documents}), "".join(map(json.dumps, documents))):
        path = tmp_path / "calls.json"
        path.write_text(content)
        assert read(path, mapping).ids == ["0", "1", "2"]
    path.write_text(json.dumps([*documents, {"id": "3", "agent": {"name": "A" * 300}, "at": START}], indent=2))
    ((line, column, reason),) = read(path, mapping).faults
    assert path.read_text().splitlines()[line - 1][column - 1 :].startswith('"AAA')
    assert "300 characters is too long" in reason


def test_what_is_wrong_in_a_document_has_its_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "calls.json"
    wrong = [call(0), call(1, duration=-1), 7, call(2, topic=["x"]), call(3)]
    path.write_text(json.dumps({"calls": wrong}, indent=2))
    result = read(path)
    assert result.ids == ["c0", "c3"]
    text = path.read_text().splitlines()
    places = [text[line - 1][column - 1 :].rstrip(",") for line, column, _ in result.faults]
    assert places == ["-1", "7", "["]


@pytest.mark.parametrize(
    ("content", "ids", "told"),
    [
        ('[{"a": 1} ', [], "/a: unknown key 'a'"),
        (json.dumps([call(0)])[:-1] + ", ", ["c0"], "the text ends within the list: it was cut short"),
        (json.dumps([call(0), call(1)])[:-9], ["c0"], "the text ends within this value"),
        (json.dumps([call(0), call(1)]).replace("}, {", "} {"), ["c0"], "a comma is missing in front of it"),
        (json.dumps([call(0)]) + "x", ["c0"], "it is not valid JSON"),
        (json.dumps([call(0)]) + "]", ["c0"], "the bracket closes nothing"),
        (json.dumps([call(0), {"a": "NaN"}]).replace('"NaN"', "NaN"), ["c0"], "NaN is not a valid JSON number"),
        (json.dumps([call(0), {"a": "b"}, call(1)]).replace('"b"', "b"), ["c0", "c1"], "it is not valid JSON"),
        (json.dumps([call(0), {"a": [1]}, call(1)]).replace("[1]", "[" * 9_000 + "]" * 9_000), ["c0", "c1"], "nested"),
    ],
)
def test_broken_documents(tmp_path: Path, content: str, ids: list[str], told: str) -> None:
    path = tmp_path / "calls.json"
    path.write_text(content)
    result = read(path)
    assert result.ids == ids
    assert told in " ".join(reason for _, _, reason in result.faults)


def test_bytes_that_are_not_utf8_spoil_their_own_object(tmp_path: Path) -> None:
    path = tmp_path / "calls.json"
    path.write_bytes(
        json.dumps([call(0, topic="é"), call(1), call(2)], ensure_ascii=False).encode().replace(b"c1", b"\xff1")
    )
    result = read(path)
    assert result.ids == ["c0", "c2"]
    ((line, _, reason),) = result.faults
    assert (line, reason) == (1, "byte 0xff is not UTF-8; allowed: text in UTF-8")


@pytest.mark.parametrize(
    ("content", "given", "message"),
    [
        (
            json.dumps(CALLS),
            ImportFormat.JSONL,
            "the file is a JSON array, not jsonl; leave the format out, or set it to json",
        ),
        (json.dumps(CALLS), ImportFormat.CSV, "the file is JSON, not CSV; leave the format out, or set it to json"),
        (lines(1), ImportFormat.CSV, "the file is JSON, not CSV"),
        ("call_id,agent,timestamp\n", ImportFormat.JSON, "the file is not JSON: it begins with 'call_id,agent,timest'"),
        (json.dumps(CALLS), ImportFormat.XLSX, "the file is a JSON array, not xlsx"),
        (json.dumps(CALLS), ImportFormat.PARQUET, "the file is a JSON array, not parquet"),
    ],
)
def test_another_format_than_the_given_one_is_one_sentence(
    tmp_path: Path, content: str, given: ImportFormat, message: str
) -> None:
    path = tmp_path / "calls"
    path.write_text(content)
    with pytest.raises(ImportFailure) as caught:
        read(path, format=given)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert len(str(caught.value).splitlines()) == 1


class _Slowly(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content = io.BytesIO(content)
        self._size = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._content.read(min(self._size, len(buffer)))
        buffer[: len(part)] = part
        return len(part)


def _elements(text: str, size: int, path: tuple[str, ...] = ()) -> Iterator[Element]:
    return JsonText(_Slowly(text.encode(errors="surrogatepass"), size)).elements(path)  # pyright: ignore[reportArgumentType]


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.lists(st.one_of(NUMBERS, json_values(st.text())), max_size=6)


@pytest.mark.fuzz
@given(
    values=VALUES,
    indent=st.sampled_from((None, 1, 3)),
    size=st.integers(1, 40),
    keys=st.lists(st.text(), max_size=3),
    before=json_values(st.text()),
    is_ascii=st.booleans(),
)
@trying(200)
def test_any_list_is_read_value_by_value(
    values: list[Any], indent: int | None, size: int, keys: list[str], before: Any, is_ascii: bool
) -> None:
    """However the bytes arrive, wherever the list is; and each value's place is where its text stands."""
    document: Any = values
    for key in reversed(keys):
        document = {f"{key}?": before, key: document, f"{key}!": before}
    text = json.dumps(document, indent=indent, ensure_ascii=is_ascii)
    found = [*_elements(text, size, tuple(keys))]
    assert [element.wrong for element in found] == [None] * len(values)
    assert json.dumps([element.value for element in found]) == json.dumps(json.loads(json.dumps(values)))
    text_lines = text.split("\n")
    for element in found:
        rest = "\n".join([text_lines[element.line - 1][element.column - 1 :], *text_lines[element.line :]])
        assert rest.startswith(element.text)


@pytest.mark.fuzz
@given(
    values=st.lists(json_values(st.text()), max_size=4),
    cut=st.integers(0, 200),
    put=st.sampled_from(["", '"', "{", "}", "]", "[", ",", "\\", "x", "\n"]),
    size=st.integers(1, 40),
)
@trying(300)
def test_anything_that_is_broken_comes_to_an_end(values: list[Any], cut: int, put: str, size: int) -> None:
    text = json.dumps(values)
    broken = text[:cut] + put + text[cut + 1 :]
    text = broken.encode(errors="replace").decode()
    found = [*_elements(text, size)]
    assert len(found) <= len(text)
    places = [(element.line, element.column) for element in found]
    assert places == sorted(places)


def test_a_value_beyond_the_limit_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DOCUMENT_LIMIT", 5_000)
    monkeypatch.setattr(module, "_CHUNK", 100)
    long = {"a": ["x" * 50, {"b": "]}"}] * 200}
    found = [*_elements(json.dumps([1, long, {"c": 2}]), 70)]
    assert [element.value for element in found] == [1, None, {"c": 2}]
    assert found[1].wrong == "it is longer than 5,000 characters"
    assert len(found[1].text) <= 1_000


@pytest.mark.parametrize("form", ['{{"a": {}}}', "{{{}: 1}}", "[{}]", "{}"])
@pytest.mark.parametrize("text", ["x" * 60_000, '\\"' * 30_000, "\\\\" * 30_001, "x" * 59_999 + "\\\\"])
def test_a_string_of_any_length_is_skipped(form: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not held in memory, and what follows is read."""
    monkeypatch.setattr(module, "DOCUMENT_LIMIT", 5_000)
    monkeypatch.setattr(module, "_CHUNK", 1_001)
    value = form.format('"' + text + '"')
    document = f'[{{"id": 0}},\n {value}, {{"id": 2}}]'
    found = [*_elements(document, 1_001)]
    assert [one.value for one in found] == [{"id": 0}, None, {"id": 2}]
    assert (found[1].line, found[1].column, found[1].wrong) == (2, 2, "it is longer than 5,000 characters")
    assert len(found[1].text) <= 1_000


def test_a_string_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DOCUMENT_LIMIT", 5_000)
    monkeypatch.setattr(module, "_CHUNK", 1_001)
    found = [*_elements('[{"id": 0}, {"a": "' + "x" * 60_000, 1_001)]
    assert [one.value for one in found] == [{"id": 0}, None, None]
    assert found[2].wrong == "the text ends within the list: it was cut short"
