"""What the candidate decided: a finding for each call that it changed, left out, added, doubled or moved."""

from __future__ import annotations

import msgspec

from replayer.diff.align import Aligned, operation_of
from replayer.diff.canonical import Canon
from replayer.diff.expect import Expectation
from replayer.diff.notes import Notes, worded
from replayer.diff.reach import Reach
from replayer.model import Divergence, Exchange


class Decisions:
    """The candidate's decisions in one source."""

    def __init__(self, notes: Notes, reach: Reach, expectation: Expectation) -> None:
        self._notes = notes
        self._reach = reach
        self._expectation = expectation
        self._waiting: dict[bytes, tuple[str, str, Divergence]] = {}

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
            why = None if expected else self._expectation.unsaid([change.name for change in call.changes])
            names.append(self._notes.add(call, "call.changed", fields, values[0], values[1], expected=expected, inert=inert, reason=why))
        if call.raised is not None:
            shown = worded(call.recorded)
            names.append(self._notes.add(call, "call.missing", None, shown, None, judgement="unknown", reason=call.raised.reason))
        if call.missing and call.control is not None:
            expected = accept(call.operation, None)
            names.append(self._whole(call, "call.missing", call.control, canon_c, expected=expected))
        for kind, exchanges in (("call.duplicated", call.doubled), ("call.extra", call.extra)):
            expectations = [accept(operation_of(exchange.request), None) for exchange in exchanges]
            names += [
                self._whole(call, kind, exchange, canon_k, expected=expected)
                for exchange, expected in zip(exchanges, expectations, strict=True)
            ]
        return names[0] if names else None

    def _whole(self, call: Aligned, kind: str, exchange: Exchange, canon: Canon, *, expected: bool) -> str:
        """A whole call that one arm made and the other did not. One that is missing in one place and extra in another was moved."""
        key = self._key(exchange, canon)
        waiting = self._waiting.get(key)
        if waiting is not None and {waiting[0], kind} == {"call.missing", "call.extra"}:
            del self._waiting[key]
            return self._notes.findings.reclassify(waiting[1], waiting[2], "call.reordered")
        shown = (worded(exchange), None) if kind == "call.missing" else (None, worded(exchange))
        operation = operation_of(exchange.request)
        divergence = self._notes.divergence(call, kind, None, *shown, expected=expected, operation=operation)
        name = self._notes.findings.add(divergence)
        self._waiting.setdefault(key, (kind, name, divergence))
        return name

    def _key(self, exchange: Exchange, canon: Canon) -> bytes:
        request = exchange.request
        return msgspec.json.encode((request.method, canon.path(request), canon.params(request), request.account), order="deterministic")
