"""JSON -> syntax tree. Finds every fault of shape, and holds the limits; knows no field and no operator."""

from dataclasses import dataclass
from typing import assert_never, cast

from filters.faults import FaultCode, Faults, FilterFault, echo, fault, pointer
from filters.suggestions import nearest, nearest_key
from filters.syntax import Condition, Group, GroupOperator, Literal, Node, Translated, WrittenValue

_CONDITION_KEYS = ("field", "op", "value")
_GROUP_KEYS = ("operator", "conditions")
_GROUP_OPERATORS = tuple(operator.value for operator in GroupOperator)
_MOST_KEYS = 50
"""Keys of an object that are looked at one by one, to tell which are wrong."""

MAX_LIST = 1_000
MAX_STRING = 1_000


@dataclass(frozen=True)
class Limits:
    """How large a filter may be: groups inside one another, conditions (groups count for as many again), values of all
    lists together, characters of a string."""

    depth: int = 10
    conditions: int = 200
    values: int = 2_000
    string: int = MAX_STRING


WRITTEN = Limits()
"""What may be saved."""

ASKED = Limits(depth=14, conditions=420, values=4_000, string=65_536)
"""What a request may ask of a chart: more than may be saved, so that the filter of an item can be used again.

Such a filter is put together from several, and its label can be as long as the value of a metadata key.
"""

COMBINED = Limits(depth=16, conditions=1_100, values=5_000, string=65_536)
"""What a request may ask of calls: room for the filters of a chart together, and for what picks out an item."""


def parse(raw: object, path: str = "", *, limits: Limits = WRITTEN) -> Node | None:
    """The tree of a filter in JSON; None where it filters nothing (None, ``{}``, an ``and`` of nothing).

    Args:
        raw: what ``json.loads`` made of the filter.
        path: JSON pointer to ``raw`` itself, put before the pointers of tree and faults.
        limits: how large it may be.

    Raises:
        FilterError: with every fault of its shape.
    """
    faults = Faults()
    node = parse_into(faults, raw, path, limits)
    faults.raise_if_any()
    return node


def parse_into(faults: Faults, raw: object, path: str, limits: Limits) -> Node | None:
    """As ``parse``, with the faults left in ``faults`` and the tree without the faulty parts."""
    if raw is None or raw == {}:
        return None
    node = _Parser(faults, limits).node(raw, path, 1)
    return None if node is None or _says_nothing(node) else node


def _says_nothing(node: Node) -> bool:
    return isinstance(node, Group) and node.operator is GroupOperator.AND and not node.conditions


class _Parser:
    """One walk over one filter. Stops for good at the first limit passed, so that a hostile filter costs little."""

    def __init__(self, faults: Faults, limits: Limits) -> None:
        self.faults = faults
        self.limits = limits
        self.conditions = 0
        self.values = 0
        self.groups = 0
        self.stopped = False

    def wrong(self, code: FaultCode, message: str, path: str, allowed: tuple[str, ...] = ()) -> None:
        self.faults.add(FilterFault(code, message, path, allowed))

    def stop(self, message: str, path: str) -> None:
        self.stopped = True
        self.wrong(FaultCode.LIMIT_EXCEEDED, message, path)

    def node(self, raw: object, path: str, depth: int) -> Node | None:
        if not isinstance(raw, dict):
            message = (
                "A filter must be a condition with the keys field, op and value, or a group with the keys operator and "
                f"conditions, not {echo(raw)}."
            )
            self.wrong(FaultCode.INVALID_SHAPE, message, path)
            return None
        written = cast(dict[object, object], raw)
        if isinstance(raw, Translated):
            path = raw.pointer
        if "conditions" in written or ("operator" in written and "field" not in written):
            return self.group(written, path, depth)
        return self.condition(written, path)

    def keys(self, written: dict[object, object], known: tuple[str, ...], what: str, path: str) -> bool:
        """Whether ``written`` has all ``known`` keys. Others are faults, too, but do not keep it from being read."""
        if len(written) > _MOST_KEYS:
            self.stop(f"A {what} has the keys {', '.join(known)}; this one has {len(written):,} keys.", path)
            return False
        missing = [key for key in known if key not in written]
        for key in written:
            if key not in known:
                message = f"{echo(str(key))} is not a valid key of a {what}."
                near = nearest_key(str(key), missing or known)
                place = pointer(path, str(key))
                self.faults.add(fault(FaultCode.UNKNOWN_KEY, message, place, allowed=known, suggestion=near))
        for key in missing:
            keys = ", ".join(known)
            self.wrong(FaultCode.INVALID_SHAPE, f'A {what} must have the keys {keys}; "{key}" is missing.', path, known)
        return not missing

    def condition(self, written: dict[object, object], path: str) -> Condition | None:
        self.conditions += 1
        if self.conditions > self.limits.conditions:
            self.stop(f"A filter can have at most {self.limits.conditions} conditions.", path)
            return None
        if not self.keys(written, _CONDITION_KEYS, "condition", path):
            return None
        field, op = written["field"], written["op"]
        for key, name in (("field", field), ("op", op)):
            if not isinstance(name, str):
                message = f'The key "{key}" of a condition must be a string, not {echo(name)}.'
                self.wrong(FaultCode.INVALID_SHAPE, message, pointer(path, key))
        is_translated = isinstance(written, Translated)
        before = self.value_is_sound(written["value"], path if is_translated else f"{path}/value")
        if not before or not isinstance(field, str) or not isinstance(op, str):
            return None
        value = written["value"]
        kept = tuple(cast(list[Literal], value)) if isinstance(value, list | tuple) else value
        return Condition(field, op, cast(WrittenValue, kept), path, is_translated)

    def value_is_sound(self, value: object, path: str) -> bool:
        if not isinstance(value, list | tuple):
            return self.literal_is_sound(value, path)
        values = cast(list[object], value)
        if len(values) > MAX_LIST:
            message = f"A list can have at most {MAX_LIST:,} values; this one has {len(values):,}."
            self.wrong(FaultCode.LIMIT_EXCEEDED, message, path)
            return False
        self.values += len(values)
        if self.values > self.limits.values:
            self.stop(f"The lists of a filter can have at most {self.limits.values:,} values together.", path)
            return False
        sound = [self.literal_is_sound(member, f"{path}/{index}") for index, member in enumerate(values)]
        return all(sound)

    def literal_is_sound(self, value: object, path: str) -> bool:
        match value:
            case str() if len(value) > self.limits.string:
                message = f"A string can have at most {self.limits.string:,} characters; this one has {len(value):,}."
                self.wrong(FaultCode.LIMIT_EXCEEDED, message, path)
                return False
            case None | bool() | int() | float() | str():
                return True
            case _:
                message = f"A value must be a string, a number, true or false, or a list of these, not {echo(value)}."
                self.wrong(FaultCode.WRONG_TYPE, message, path)
                return False

    def group(self, written: dict[object, object], path: str, depth: int) -> Group | None:
        self.groups += 1
        if depth > self.limits.depth:
            self.stop(f"Groups can be nested at most {self.limits.depth} levels deep.", path)
            return None
        if self.groups > self.limits.conditions:
            self.stop(f"A filter can have at most {self.limits.conditions} groups.", path)
            return None
        if not self.keys(written, _GROUP_KEYS, "group", path):
            return None
        operator = self.operator(written["operator"], f"{path}/operator")
        raw = written["conditions"]
        if not isinstance(raw, list | tuple):
            message = f'The key "conditions" must be a list of conditions and groups, not {echo(raw)}.'
            self.wrong(FaultCode.INVALID_SHAPE, message, f"{path}/conditions")
            return None
        raws, is_translated = cast(list[object], raw), isinstance(written, Translated)
        place = path if is_translated else f"{path}/conditions"
        if operator is not None:
            self.count_members(operator, len(raws), place)
        members = self.members(operator, raws, place, depth)
        return None if operator is None else Group(operator, members, path, is_translated)

    def operator(self, raw: object, path: str) -> GroupOperator | None:
        if isinstance(raw, str) and raw in _GROUP_OPERATORS:
            return GroupOperator(raw)
        near = nearest(raw, _GROUP_OPERATORS) if isinstance(raw, str) else None
        message = f"{echo(raw)} is not a valid group operator."
        self.faults.add(fault(FaultCode.UNKNOWN_OPERATOR, message, path, allowed=_GROUP_OPERATORS, suggestion=near))
        return None

    def count_members(self, operator: GroupOperator, count: int, path: str) -> None:
        match operator:
            case GroupOperator.AND:
                pass
            case GroupOperator.NOT:
                if count != 1:
                    message = f'A "not" group must contain exactly one condition or group; this one has {count:,}.'
                    self.wrong(FaultCode.INVALID_SHAPE, message, path)
            case GroupOperator.OR | GroupOperator.SAME_ROW:
                if count == 0:
                    message = f'A group with the operator "{operator}" must contain at least one condition.'
                    self.wrong(FaultCode.INVALID_SHAPE, message, path)
            case _:
                assert_never(operator)

    def members(self, operator: GroupOperator | None, raws: list[object], path: str, depth: int) -> tuple[Node, ...]:
        found: list[Node] = []
        most = 2 * self.limits.conditions
        if len(raws) > most:
            self.stop(f"A group can have at most {most:,} members; this one has {len(raws):,}.", path)
            return ()
        for index, raw in enumerate(raws):
            if self.stopped:
                break
            place = f"{path}/{index}"
            if raw is None or raw == {}:
                if operator is not GroupOperator.AND:
                    message = f'An empty filter is not allowed in a group with the operator "{operator}"; remove it.'
                    self.wrong(FaultCode.INVALID_SHAPE, message, place)
                continue
            node = self.node(raw, place, depth + 1)
            if node is not None and not (operator is GroupOperator.AND and _says_nothing(node)):
                found.append(node)
        return tuple(found)
