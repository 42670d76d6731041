"""Keys that stand in an object twice: the row is refused, and says where, instead of losing the first value."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.importing.json_keys import RepeatedKeyError, check_keys, members
from tests.fuzzing import json_values, trying
from tests.server.importing.formats import START, call, read

TWICE = f'{{"call_id": "c1", "agent": "Ava", "timestamp": "{START}", "agent": "Bo"}}'
DEEP = f'{{"call_id": "c1", "agent": "Ava", "timestamp": "{START}", "metadata": {{"a": 1, "b": {{"x": 1, "x": 2}}}}}}'


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("{0}\n{1}\n{2}\n", 2),
        ("{0}{1}{2}\n", 1),
        ("[{0},\n{1},\n{2}]", 2),
        ('{{"calls": [{0},\n{1},\n{2}]}}', 2),
    ],
)
@pytest.mark.parametrize(("wrong", "key"), [(TWICE, "agent"), (TWICE.replace(":", " :"), "agent"), (DEEP, "x")])
def test_a_key_that_stands_twice_is_refused(tmp_path: Path, content: str, line: int, wrong: str, key: str) -> None:
    path = tmp_path / "calls.json"
    text = content.format(json.dumps(call(0)), wrong, json.dumps(call(2)))
    path.write_text(text)
    result = read(path)
    assert result.ids == ["c0", "c2"]
    ((found, column, reason),) = result.faults
    assert f"the key '{key}' stands in one object twice" in reason
    written = text.split("\n")[line - 1]
    first = written.index(f'"{key}"', written.index('"c1"'))
    assert (found, column) == (line, written.index(f'"{key}"', first + 1) + 1)


def test_keys_of_different_objects(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    texts = [
        json.dumps(call(0, metadata={"agent": 1, "a": {"agent": 2}}, topic='":":":')),
        json.dumps(call(1), separators=(",", ":")),
        json.dumps(call(2), separators=(" , ", " : ")),
        json.dumps(call(3)).replace('"agent"', '"\\u0061gent"'),
    ]
    path.write_text("\n".join(texts))
    assert read(path).ids == ["c0", "c1", "c2", "c3"]


OBJECTS = st.dictionaries(st.text('":\\ a', max_size=3), json_values(st.text('":\\ a')), max_size=4)


@pytest.mark.fuzz
@given(
    value=OBJECTS, form=st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :"), (",", "\t:")]), where=st.integers(0, 9)
)
@trying(200)
def test_any_repeated_key_is_found(value: dict[str, Any], form: tuple[str, str], where: int) -> None:
    text = json.dumps(value, separators=form)
    check_keys(text.encode(), value)
    if not value:
        return
    key = [*value][where % len(value)]
    twice = text[:-1] + f",{json.dumps(key)}:0}}"
    with pytest.raises(RepeatedKeyError):
        check_keys(twice.encode(), json.loads(twice))
    with pytest.raises(RepeatedKeyError):
        json.loads(twice, object_pairs_hook=members)
