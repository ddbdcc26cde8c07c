"""Which redacted values a candidate looks at: the rewrite is run over a capture with calls that remember what was read of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from replayer.candidates.call import Answer, Call, Drop
from replayer.candidates.rewrite import Candidate, CandidateError
from replayer.capture.chains import chain_table
from replayer.model import Exchange
from replayer.stripeapi.operations import match

Report = Callable[[str], None]


class _Traced(dict[str, Any]):
    """A hash that tells which redacted leaves of it are read."""

    def __init__(self, value: dict[str, Any], place: str, report: Report) -> None:
        super().__init__({name: _traced(child, f"{place}.{name}" if place else name, report) for name, child in value.items()})
        self._place, self._report = place, report

    def _tell(self, name: Any) -> None:
        if name in self and not isinstance(super().__getitem__(name), dict | list):
            self._report(f"{self._place}.{name}" if self._place else str(name))

    def __getitem__(self, name: str) -> Any:
        self._tell(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """A value, which was read."""
        self._tell(name)
        return super().get(name, default)

    def items(self) -> Any:
        """All values, which were read."""
        for name in self:
            self._tell(name)
        return super().items()

    def values(self) -> Any:
        """All values, which were read."""
        for name in self:
            self._tell(name)
        return super().values()


def _traced(value: Any, place: str, report: Report) -> Any:
    if isinstance(value, dict):
        return _Traced(value, place, report)
    return [_traced(item, place, report) for item in value] if isinstance(value, list) else value


class _TracedCall(Call):
    """A call that tells which of its parameters are read."""

    __slots__ = ("_report",)
    _report: Report

    @property
    def params(self) -> dict[str, Any]:
        """The parameters, each read of which is told."""
        return _Traced(self.request.params, "", self._report)


def reads(
    exchanges: Callable[[], Iterator[Exchange]], candidate: Candidate, is_redacted: Callable[[Any], bool]
) -> tuple[Counter[str], Counter[str], int]:
    """The places of redacted values that a candidate reads, those that it changes, and how many calls it failed on.

    Nothing is sent: to a generator every call is answered as it was recorded.
    """
    read: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    failed = 0
    places, chains = chain_table(exchanges())
    memory: dict[int, dict[str, Any]] = {}
    for exchange in exchanges():
        if exchange.lane != "api":
            continue
        redacted = {
            place for tree in (exchange.request.params, exchange.outcome.body) for place, value in leaves(tree) if is_redacted(value)
        }
        seen: set[str] = set()
        call = _call(exchange, memory.setdefault(chains.of(places[exchange.id]), {}), seen.add)
        try:
            made = list(_calls(candidate, call, exchange))
        except CandidateError:
            failed, made = failed + 1, []
        read.update(seen & redacted)
        changed.update(_changed(exchange, made) & redacted)
    return read, changed, failed


def _call(exchange: Exchange, memory: dict[str, Any], report: Report) -> Call:
    name = match(exchange.request.method, exchange.request.path).name
    call = _TracedCall(exchange.request, name, recorded=_traced(exchange.outcome.body, "", report), chain=memory)
    object.__setattr__(call, "_report", report)
    return call


def _calls(candidate: Candidate, call: Call, exchange: Exchange) -> Iterator[Call]:
    dialogue = candidate.calls(call)
    answer = None
    try:
        while True:
            item = dialogue.send(answer)
            answer = None if isinstance(item, Drop) else Answer(exchange.outcome)
            if isinstance(item, Call):
                yield item
    except StopIteration:
        return


def _changed(exchange: Exchange, made: list[Call]) -> set[str]:
    """Places of the recorded call that no call has any more as they were, where one of the same path is made."""
    before = set(leaves(exchange.request.params))
    after = {leaf for call in made if call.path == exchange.request.path for leaf in leaves(call.request.params)}
    return {place for place, _ in before - after} if after else set()


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the place and the value of every leaf; lists have no place of their own, as in rules."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for child in value:
            yield from leaves(child, place)
    elif value is None or isinstance(value, msgspec.Raw | str | int | float | bool):
        yield place, value
