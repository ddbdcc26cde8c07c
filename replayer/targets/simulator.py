"""The embedded simulator as a target: a state of its own for each source, its clock at each call's time."""

from __future__ import annotations

from collections.abc import Sequence

from replayer.model import BaselineObject, Claims, Outcome, Request, World
from replayer.simulator import Simulator
from replayer.simulator.rules import claims_of
from replayer.stripeapi.versions import NEWEST
from replayer.targets.base import Ahead, OriginSets

_KEY = "sk_test_simulator"


class SimulatorTarget:
    """Answers in this process."""

    name = "simulator"
    origin = "simulator"
    clock = True
    rate = None
    holds_baseline = True
    version = NEWEST

    def claims(self, operation: str) -> Claims:
        """What the simulator's rules say of an operation's parameters."""
        return claims_of(operation)

    def open(self, source: str, baseline: Sequence[BaselineObject] = (), key: str = "") -> SimulatorSession:
        """Begin a source's replay in a state of its own."""
        return SimulatorSession(baseline, key or _KEY)


class SimulatorSession:
    """One source's state."""

    def __init__(self, baseline: Sequence[BaselineObject], key: str) -> None:
        self._simulator = Simulator()
        self._simulator.lay(baseline)
        self._key = key

    def take(self, world: World) -> None:
        """Take a world as given, before the first call."""
        self._simulator.take(world)

    @property
    def origin_sets(self) -> OriginSets:
        """The leaves that no rule computed, by the key in an outcome's `origins`."""
        return self._simulator.origin_sets

    def send(self, request: Request, at: float | None = None) -> Outcome:
        """Answer a request at a time."""
        return self._simulator.send(request, key=self._key, at=at)

    def goes_by_recorded_time(self, request: Request) -> bool:
        """All of it does."""
        return True

    def look_ahead(self, customer_id: str) -> Ahead | None:
        """What the simulator knows of what is to come for a customer."""
        return self._simulator.look_ahead(customer_id)

    def close(self) -> None:
        """Nothing is held."""
