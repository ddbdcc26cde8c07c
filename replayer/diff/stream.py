"""Diff captures: read the recording and its arms side by side, source by source, in bounded memory."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from replayer.capture.chains import chain_table
from replayer.capture.reread import SMALL, reader
from replayer.capture.retries import Retries
from replayer.capture.stimuli import merged, with_stimuli
from replayer.capture.store import Capture, open_capture
from replayer.capture.told_events import read_events
from replayer.diff.align import ByParent, align
from replayer.diff.bills import Meant, Settlement
from replayer.diff.expect import Expectation
from replayer.diff.findings import Findings
from replayer.diff.intent import Concerned, wanted
from replayer.diff.judge import Origin
from replayer.diff.reach import Taint
from replayer.diff.source import SourceDiff
from replayer.diff.tally import Setting, Tally
from replayer.model import ORIGIN_STRIPE, Effect, Exchange, InputError, NextBill, NoiseRule


class Sides(msgspec.Struct):
    """The captures of a diff: the recording that both arms come from, the arms, and a second control where noise is measured."""

    recorded: Capture
    control: Capture
    candidate: Capture
    second: Capture | None = None


class Partial(msgspec.Struct):
    """The diff of some sources; partials are merged."""

    findings: Findings
    tally: Tally
    bills: list[NextBill]

    def merge(self, other: Partial) -> None:
        """Add the diff of other sources."""
        self.findings.merge(other.findings)
        self.tally.add(other.tally)
        self.bills.extend(other.bills)


def open_sides(recorded: Path, control: Path, candidate: Path, second: Path | None = None) -> Sides:
    """Open the captures of a diff; equal paths are then one capture, however they were written."""
    first, control_side, candidate_side = (open_capture(path.resolve()) for path in (recorded, control, candidate))
    return Sides(first, control_side, candidate_side, open_capture(second.resolve()) if second else None)


def refuse_unfit(sides: Sides) -> None:
    """Refuse an arm that was torn off, as what it lacks would count as not made, and a control that is a candidate's arm."""
    control = sides.control.manifest.arm
    if control is not None and control.calls_changed and sides.control.path != sides.candidate.path:
        hint = "give the control's arm, or the recording, as A"
        raise InputError("the first capture is the arm of a candidate that changed calls", place=str(sides.control.path), hint=hint)
    for side in (sides.control, sides.candidate):
        strange = sorted(side.counts.keys() - sides.recorded.counts.keys())
        if strange:
            raise InputError(f"it has a source that the recording has not: {strange[0]}", place=str(side.path))
    for arm in (sides.control, sides.candidate, sides.second):
        if arm is not None and arm.path != sides.recorded.path and arm.damage:
            raise InputError(arm.damage[0], place=str(arm.path), hint="replay it anew")


def setting_of(
    sides: Sides, expectation: Expectation, *, accept_origin: bool = False, accept_gaps: bool = False,
    noise: dict[tuple[str, str], NoiseRule] | None = None,
) -> Setting:  # fmt: skip
    """What holds for the whole diff, from the captures' manifests."""
    arms = [arm for arm in (sides.control.manifest.arm, sides.candidate.manifest.arm) if arm is not None]
    claims = {name: claim for arm in reversed(arms) for name, claim in arm.claims.items()}
    both = len(arms) == 2 and arms[0].target == arms[1].target == "simulator"
    return Setting(
        claims=claims,
        origins_c=_origins(sides.control),
        origins_k=_origins(sides.candidate),
        origin_counts=accept_origin or sides.recorded.manifest.origin == ORIGIN_STRIPE,
        accept_gaps=accept_gaps,
        deterministic=both,
        expectation=expectation,
        asked_version=sides.candidate.manifest.arm.asked_version if sides.candidate.manifest.arm is not None else "",
        noise=noise or {},
        concerned=_concerned(sides.recorded, expectation),
        **_told_events(sides),
    )


def _concerned(recorded: Capture, expectation: Expectation) -> Concerned:
    if expectation.intent is None:
        return Concerned()
    return wanted((reader(recorded, source.name)() for source in recorded.sources), expectation.intent.who)


def _told_events(sides: Sides) -> dict[str, dict[str, list[Effect]]]:
    """The events of both arms, where both were asked for theirs: of one alone they would be nothing but a difference."""
    control, candidate = read_events(sides.control.path), read_events(sides.candidate.path)
    return {} if control is None or candidate is None else {"events_c": control, "events_k": candidate}


def diff_sources(sides: Sides, setting: Setting, sources: Collection[str], chosen: Collection[str] | None = None) -> Partial:
    """Diff some sources; `chosen` are the recorded calls that a selection chose; the rest of their chains is context."""
    total = Partial(Findings(), Tally(), [])
    for source in sources:
        total.merge(diff_source(sides, setting, source, chosen))
    return total


def diff_source(sides: Sides, setting: Setting, source: str, chosen: Collection[str] | None) -> Partial:
    """Diff one source."""
    recorded = sides.recorded
    stimuli = sides.candidate.stimuli(source) or sides.control.stimuli(source)
    read = with_stimuli(reader(recorded, source), stimuli)
    difference = SourceDiff(setting, lambda: chain_table(read()))
    control, candidate = _by_parent(sides.control, recorded, source, stimuli), _by_parent(sides.candidate, recorded, source, stimuli)
    second = _by_parent(sides.second, recorded, source, stimuli) if sides.second is not None else None
    for exchange in Retries(read()).logical(read()):
        calls_c, calls_k = control.of(exchange.id), candidate.of(exchange.id)
        counted = exchange.lane == "api" and (chosen is None or exchange.id in chosen)
        if not counted and not calls_c and not calls_k:
            difference.movements.pass_over(exchange)
            continue
        aligned = align(exchange, calls_c, calls_k, difference.canon_c, difference.canon_k)
        if setting.asked_version:  # that they differ in it was asked for: what it shows is looked for, not followed
            others = [change for change in aligned.changes if change.name != "(version)"]
            difference.tally.versions += len(others) < len(aligned.changes)
            aligned = msgspec.structs.replace(aligned, changes=others)
        again = second.of(exchange.id) if second is not None else []
        difference.call(aligned, again[0] if again else None, counted=counted)
        for more in calls_c[1:]:
            difference.left(more)
    for arm, calls in ((sides.control, control), (sides.candidate, candidate)):
        if not _is_recording(sides, arm):  # whose superseded attempts answer to no call
            for exchange in calls.left():
                difference.left(exchange)
    return Partial(difference.notes.findings, difference.tally, _settle(sides, difference, source))


def _settle(sides: Sides, difference: SourceDiff, source: str) -> list[NextBill]:
    """What the arms know at their end about the customers in reach: the columns of what is to come, and the next-bill table."""
    reached = difference.movements.customers
    difference.tally.customers += len(reached)
    intent, asked = difference.setting.expectation.intent, difference.setting.asked_version
    if not reached and not asked:
        return []
    control, candidate = ({line.customer: line for line in arm.money_of(source)} for arm in (sides.control, sides.candidate))
    canons = (difference.canon_c, difference.canon_k)
    names = [difference.canon_c.text(customer) for customer in control]
    untold = difference.untold({*reached, *names} if asked else reached, names)
    if asked:  # every call asks for another version, so that everybody is in reach of whom an arm can tell what comes
        told = [
            line.customer
            for table in (control, candidate)
            for line in table.values()
            if line.bills is not None and line.customer not in untold
        ]
        reached = {**dict.fromkeys(told, Taint(difference.notes.version(asked), blind=False, full=True)), **reached}
    meant = None
    if intent is not None:
        meant = Meant(intent, difference.setting.concerned.customers, difference.tally.payers, difference.movements.events)
    difference.notes.intended = False
    rows = list(Settlement(source, (control, candidate), canons, difference.notes, difference.tally, meant, untold).rows(reached))
    difference.notes.forget_version()
    return rows


def _is_recording(sides: Sides, arm: Capture) -> bool:
    return arm.path == sides.recorded.path


def _by_parent(arm: Capture, recorded: Capture, source: str, stimuli: list[Exchange]) -> ByParent:
    own = arm.path == recorded.path
    whole = arm.counts.get(source, 0) <= SMALL
    calls = reader(arm, source)()
    return ByParent(merged(calls, stimuli) if own else calls, lambda exchange: exchange.id if own else exchange.replayed_from, whole=whole)


def _origins(capture: Capture) -> dict[str, dict[str, Origin]]:
    """Leaf path to origin, by the key that exchanges name."""
    weakest: tuple[Origin, ...] = ("given", "world", "baseline", "assumed", "after", "template")
    return {
        key: {path: origin for origin in weakest for path in paths.get(origin, [])} for key, paths in capture.manifest.origin_sets.items()
    }
