"""What the candidate decided: a finding for each call that it changed, left out, added, doubled or moved."""

from __future__ import annotations

import msgspec

from replayer.diff.align import Aligned, operation_of
from replayer.diff.canonical import Canon
from replayer.diff.expect import Expectation
from replayer.diff.notes import Notes, worded
from replayer.diff.reach import Reach
from replayer.model import Exchange


class Decisions:
    """The candidate's decisions in one source."""

    def __init__(self, notes: Notes, reach: Reach, expectation: Expectation) -> None:
        self._notes = notes
        self._reach = reach
        self._expectation = expectation
        self._waiting: dict[bytes, tuple[str, str]] = {}

    def note(self, call: Aligned, canon_c: Canon, canon_k: Canon) -> str | None:
        """One finding a decision of the candidate's; the first is the root of what follows."""
        names: list[str] = []
        accept = self._expectation.call
        if call.changes:
            fields = ", ".join(change.name for change in call.changes[:4])
            values = [{change.name: change.control for change in call.changes}, {change.name: change.candidate for change in call.changes}]
            if len(call.changes) == 1:
                values = [call.changes[0].control, call.changes[0].candidate]
            expected = accept(call.operation, [change.name for change in call.changes])
            inert = self._reach.is_inert(call)
            names.append(self._notes.add(call, "call.changed", fields, values[0], values[1], expected=expected, inert=inert))
        if call.missing and call.control is not None:
            name = self._moved(call.control, canon_c, "call.missing")
            expected = accept(call.operation, None)
            names.append(name or self._notes.add(call, "call.missing", None, worded(call.control), None, expected=expected))
            self._waiting.setdefault(self._key(call.control, canon_c), ("call.missing", names[-1]))
        for kind, exchanges in (("call.duplicated", call.doubled), ("call.extra", call.extra)):
            for exchange in exchanges:
                operation = operation_of(exchange.request)
                expected = accept(operation, None)
                name = self._moved(exchange, canon_k, "call.extra") if kind == "call.extra" else None
                names.append(name or self._notes.add(call, kind, None, None, worded(exchange), expected=expected, operation=operation))
                if kind == "call.extra":
                    self._waiting.setdefault(self._key(exchange, canon_k), (kind, names[-1]))
        return names[0] if names else None

    def _moved(self, exchange: Exchange, canon: Canon, kind: str) -> str | None:
        """A call that is missing in one place and extra in another was moved: its finding, reclassified."""
        waiting = self._waiting.get(self._key(exchange, canon))
        if waiting is None or waiting[0] == kind:
            return None
        del self._waiting[self._key(exchange, canon)]
        return self._notes.findings.reclassify(waiting[1], "call.reordered")

    def _key(self, exchange: Exchange, canon: Canon) -> bytes:
        request = exchange.request
        return msgspec.json.encode((request.method, canon.path(request), canon.params(request), request.account), order="deterministic")
