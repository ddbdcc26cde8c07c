"""Bring what differs for no reason to one form: live ids to recorded ids, times to offsets from their call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from replayer.capture.bindings import Bindings
from replayer.model import Exchange, Request
from replayer.stripeapi.ids import ID
from replayer.stripeapi.places import Kind

SECONDS_OF_CLOCK = 5  # two arms on a target without a clock of its own are this close when nothing is different
SECONDS_OF_RECORDING = 60  # a recorded time and the control's, each against its own call


class _TwoWay(Bindings):
    """Bindings that can also be read backwards: the first recorded id of a live one."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: dict[str, str] = {}
        self.shared: set[str] = set()  # live ids that stand for several recorded ones: those of a target without a state

    def bind(self, recorded: str, live: str) -> None:
        super().bind(recorded, live)
        if self.recorded.setdefault(live, recorded) != recorded:
            self.shared.add(live)


class Canon:
    """The canonical form of one arm's ids over one source: learned from the recorded answers, as replay learned them."""

    def __init__(self) -> None:
        self.bindings = _TwoWay()
        self._recorded = self.bindings.recorded
        self._paired: dict[str, str] = {}  # what has no recorded name: the candidate's id to the control's

    def know(self, identifiers: Iterable[str]) -> None:
        """Note recorded ids that no answer of the capture gave before they were named: they stand for themselves."""
        for identifier in identifiers:
            if identifier not in self.bindings.live:
                self.bindings.bind(identifier, identifier)

    def learn(self, recorded: Any, live: Any) -> None:
        """Learn what an answer of this arm calls the recorded objects."""
        self.bindings.learn(recorded, live)

    def bind(self, recorded: str, live: str) -> None:
        """Bind one id."""
        self.bindings.bind(recorded, live)

    def declare(self, recorded: str, live: str) -> None:
        """Bind one id as a candidate said it; that outweighs what was learned."""
        self.bindings.bind(recorded, live)
        self._recorded[live] = recorded

    def copy(self) -> Canon:
        """An equal one that learns by itself from here on."""
        other = Canon()
        other.bindings.live.update(self.bindings.live)
        other._recorded.update(self._recorded)
        other._paired.update(self._paired)
        other.bindings.shared |= self.bindings.shared
        return other

    def pair(self, control: Any, candidate: Any, control_canon: Canon) -> None:
        """Call what the candidate's answer holds as the control's calls it, where the recording has no name for it."""
        found = Bindings()
        found.learn(control, candidate)
        for theirs, mine in found.live.items():
            if theirs != mine and theirs not in control_canon._recorded:
                self._paired.setdefault(mine, theirs)

    def id(self, live: str, hint: Any = None) -> str:
        """The recorded id of a live one; where several recorded ids share it (a stateless target), `hint` decides."""
        if isinstance(hint, str) and self.bindings.live.get(hint) == live:
            return hint
        return self._recorded.get(live) or self._paired.get(live, live)

    def recorded_id(self, live: str) -> str | None:
        """The one recorded id that a live id stands for; null where there is none, or more than one."""
        return None if live in self.bindings.shared else self._recorded.get(live)

    def text(self, live: str, hint: Any = None) -> str:
        """A text with the live ids in it replaced by recorded ones."""
        if live in self._recorded or live in self._paired or (isinstance(hint, str) and hint in self.bindings.live):
            return self.id(live, hint)
        return ID.sub(lambda found: self.id(found.group()), live) if "_" in live else live

    def params(self, request: Request) -> dict[str, Any]:
        """A request's parameters in recorded ids."""
        return {key: self._value(value) for key, value in request.params.items()}

    def path(self, request: Request) -> str:
        """A request's path in recorded ids."""
        return "/".join(self.text(part) for part in request.path.split("/"))

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._value(child) for key, child in value.items()}
        if isinstance(value, list):
            return [self._value(child) for child in value]
        return value


def normal(value: Any, kind: Kind, canon: Canon, exchange: Exchange, hint: Any = None) -> Any:
    """A leaf's canonical form: ids recorded ones, times as offsets in seconds, volatile places by their type."""
    if isinstance(value, str):
        return str if kind == "volatile" else canon.text(value, hint)
    if kind == "volatile" and value is not None:
        return type(value)
    if kind == "time" and type(value) is int and exchange.at is not None and value > 10**8:
        return Offset.of(value, exchange.at)
    return value


class Offset(float):
    """A time as seconds from its call; `moment` is the time itself, in epoch seconds."""

    moment: int | None = None

    @classmethod
    def of(cls, moment: int, call: float) -> Offset:
        """The offset of a time from the time of its call."""
        offset = cls(moment - call)
        offset.moment = moment
        return offset


def same(a: Any, b: Any, slack: float = 0) -> bool:
    """Whether two canonical leaves are equal: by type and value (`1` is not `true`), times also by offsets within `slack` seconds."""
    if type(a) is Offset and type(b) is Offset:
        return (a.moment is not None and a.moment == b.moment) or abs(a - b) <= slack
    if type(a) is not type(b):
        return type(a) in (int, float) and type(b) in (int, float) and a == b
    return bool(a == b)
