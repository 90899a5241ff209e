"""The instructions of a code object in the order in which control flows, wherever they stand.

Where the compiler puts a block, and whether it leads a jump to a jump straight to where that one
leads, depends on how an expression is broken into lines, and so does the order in which names are
bound. So blocks are told as they are reached, and a jump that is always taken is no instruction.
"""

from __future__ import annotations

import dis
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

__all__ = ["Step", "said", "steps"]

_ALWAYS = frozenset(
    ["JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_ABSOLUTE"]
)
_LAST = frozenset(["RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"])
_JUMPS = frozenset([*dis.hasjrel, *dis.hasjabs])
_UNSAID = frozenset({"__doc__", "__firstlineno__", "__static_attributes__"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a code object: an instruction, or where control goes.

    Attributes:
        name: of the instruction, without a jump's direction; or ``BLOCK``, ``GO``, ``HANDLER``.
        to: where control goes; None for an instruction that isn't a jump.
        instruction: with its argument; None for what is none.
    """

    name: str
    to: object = None
    instruction: dis.Instruction | None = None


def said(code: CodeType) -> list[dis.Instruction]:
    """The instructions that do something, as they stand."""
    found = [i for i in dis.Bytecode(code) if i.opname not in ("NOP", "CACHE", "EXTENDED_ARG")]
    kept: list[dis.Instruction] = []
    for one in found:
        if one.opname == "STORE_NAME" and one.argval in _UNSAID and kept:
            kept.pop()
        else:
            kept.append(one)
    _swap(kept)
    return kept


def _swap(kept: list[dis.Instruction]) -> None:
    """Store in another order instead of swapping first, as the compiler does on a single line."""
    for place in reversed(range(len(kept))):
        if kept[place].opname != "SWAP":
            continue
        stores = kept[place + 1 : place + 1 + (kept[place].arg or 0)]
        stored = [one.argval for one in stores if one.opname == "STORE_FAST"]
        simple = all(one.opname in ("STORE_FAST", "POP_TOP") for one in stores)
        if simple and len(stores) == kept[place].arg and len(set(stored)) == len(stored):
            first, last = stores[0], stores[-1]
            stores[0], stores[-1] = (
                last._replace(offset=first.offset),
                first._replace(offset=last.offset),
            )
            kept[place : place + 1 + len(stores)] = stores


def steps(code: CodeType, kept: list[dis.Instruction]) -> Iterator[Step]:
    """All that can be reached, in the order in which it is.

    Args:
        code: whose instructions.
        kept: those that `said` gives.
    """
    return _Flow(code, kept).steps()


class _Flow:
    def __init__(self, code: CodeType, kept: list[dis.Instruction]) -> None:
        self._kept = kept
        self._places = _places(code, kept)
        self._handlers = self._handlers_of(code)
        self._told: dict[int, int] = {}
        self._blocks: dict[int, int] = {}
        self._left: deque[int] = deque()

    def _handlers_of(self, code: CodeType) -> dict[int, Any]:
        """Where an exception goes, by the place of the instruction that raises it."""
        found = {}
        for entry in getattr(dis.Bytecode(code), "exception_entries", ()):
            for place in range(self._places[entry.start], self._places[entry.end]):
                found[place] = entry
        return found

    def steps(self) -> Iterator[Step]:
        self._to(0)
        while self._left:
            place = self._left.popleft()
            yield Step("BLOCK", self._blocks[place])
            yield from self._run(place)

    def _run(self, place: int) -> Iterator[Step]:
        """From one place on until control doesn't simply go on."""
        handler = None
        while True:
            place = self._landing(place)
            if place in self._told:
                yield Step("GO", self._told[place])
                return
            self._told[place] = len(self._told)
            if self._handlers.get(place) is not handler:
                handler = self._handlers.get(place)
                yield self._handler(handler)
            one = self._kept[place]
            if one.opcode in _JUMPS:
                name, target = self._jump(place)
                yield Step(name, self._to(target))
            else:
                yield Step(one.opname, None, one)
            if one.opname in _LAST or one.opname in _ALWAYS:
                return
            place += 1

    def _handler(self, entry: Any) -> Step:
        if entry is None:
            return Step("HANDLER", "none")
        return Step("HANDLER", (self._to(self._places[entry.target]), entry.depth, entry.lasti))

    def _to(self, place: int) -> str:
        """A name for where control goes, which is told now or later."""
        place = self._landing(place)
        if place in self._told:
            return f"step {self._told[place]}"
        if place not in self._blocks:
            self._blocks[place] = len(self._blocks)
            self._left.append(place)
        return f"block {self._blocks[place]}"

    def _landing(self, place: int) -> int:
        """Where control is after the jumps that are always taken; some lead to themselves."""
        seen = set()
        while self._kept[place].opname in _ALWAYS and place not in seen:
            seen.add(place)
            place = self._target(place)
        return place

    def _target(self, place: int) -> int:
        return self._places[self._kept[place].argval]

    def _jump(self, place: int) -> tuple[str, int]:
        """What a jump does, and where it leads. One that leads to another test goes beyond it."""
        name, target = self._name(place), self._landing(self._target(place))
        while name.endswith("_OR_POP"):
            same, popping = name, f"POP_{name.removesuffix('_OR_POP')}"
            after = self._name(target)
            if after not in (same, popping, _negated(same), _negated(popping)):
                break
            name = same if after == same else popping
            target = self._target(target) if after in (same, popping) else target + 1
            target = self._landing(target)
        return name, target

    def _name(self, place: int) -> str:
        name = self._kept[place].opname
        return name.replace("_FORWARD", "").replace("_BACKWARD", "")


def _negated(test: str) -> str:
    if "_TRUE" in test:
        return test.replace("_TRUE", "_FALSE")
    return test.replace("_FALSE", "_TRUE")


def _places(code: CodeType, kept: list[dis.Instruction]) -> dict[int, int]:
    """By offset, the place of the instruction there; what is left out leads to what follows."""
    places: dict[int, int] = {}
    following = iter(kept)
    ahead = next(following, None)
    index = 0
    for offset in range(0, len(code.co_code) + 2, 2):
        while ahead is not None and ahead.offset < offset:
            index, ahead = index + 1, next(following, None)
        places[offset] = index
    return places
