"""Put the verdict together from what the diff counted and found."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from replayer.diff.assumptions import listed
from replayer.diff.bills import unreached
from replayer.diff.findings import silent
from replayer.diff.gates import check_gate
from replayer.diff.intent import Concerned, Intent, Who
from replayer.diff.noise import told
from replayer.diff.notes import unmet
from replayer.diff.reckoning import reckoned, recurring, unexplained
from replayer.diff.stream import Partial, Sides
from replayer.diff.tally import Setting, Tally
from replayer.model import (
    ORIGIN_STRIPE,
    Amounts,
    Bills,
    CandidateInfo,
    Control,
    Exchanges,
    Finding,
    Judged,
    Money,
    NextBill,
    Verdict,
    VerdictWord,
)
from replayer.stripeapi.amounts import format_amount

_MOST_SEEN = 6
FAILED = "the candidate failed"
UNTESTED = "every call was recorded in API version"
_MOST_BILLS = 20


def assemble(partial: Partial, sides: Sides, setting: Setting, gates: Sequence[str] = ()) -> Verdict:
    """The verdict over all sources."""
    tally, intent = partial.tally, setting.expectation.intent
    if intent is not None:
        _find_unreached(partial, setting.concerned, intent)
    findings = partial.findings.all()
    findings += silent(findings)
    if intent is not None:
        concerned = setting.concerned
        findings += [*_concerns_nobody(concerned, intent), *_share_of_customers(partial.bills, concerned, intent)]
    recorded, arm = sides.recorded.manifest, sides.candidate.manifest.arm
    money = money_columns(tally)
    verdict = Verdict(
        exchanges=_exchanges(tally),
        control=Control(
            reached=_share(tally.reached, tally.classes.total()),
            reproduced=_share(tally.reproduced, tally.comparable),
            fields=_share(tally.agreed, tally.leaves) if tally.leaves else None,
        ),
        judged=Judged(calls=_share(tally.judged, tally.classes.total()), money=judged_money(tally)),
        findings=findings,
        money=money,
        effects=_effects(tally),
        gates=[],
        capture=sides.recorded.path.name,
        origin=recorded.origin,
        target=arm.target if arm else "",
        candidate=CandidateInfo(
            file=arm.candidate if arm else None,
            calls_seen=arm.calls_seen if arm else 0,
            calls_changed=arm.calls_changed if arm else 0,
            asked_version=arm.asked_version if arm else "",
        ),
        noise=told(tally.noise, tally.unstable, setting.noise),
    )
    foreign, has_gaps = recorded.origin != ORIGIN_STRIPE, bool(sides.recorded.gaps) and not setting.accept_gaps
    verdict.verdict = word_of(
        tally,
        findings,
        nulls=bool(tally.null_columns or tally.unknown_money),
        foreign=not setting.origin_counts,
        gaps=has_gaps,
        # Compared with itself, an arm's own changes are none.
        calls_changed=arm.calls_changed if arm and sides.candidate.path != sides.recorded.path else 0,
    )
    for (payer, currency), amount in sorted(tally.payers.items()):
        if amount:
            verdict.customers.setdefault(payer, {})[currency] = amount
    verdict.bills = _bills(partial.bills)
    verdict.assumed = listed(tally.assumed, partial.bills)
    verdict.gates = [check_gate(gate, verdict) for gate in gates]
    unused = setting.expectation.unused(findings) if tally.changed else []
    torn = [damage for capture in (sides.recorded, sides.control, sides.candidate, sides.second) if capture for damage in capture.damage]
    verdict.notes = [*torn, *recorded.problems[:_MOST_SEEN], *_notes(verdict, tally, foreign=foreign, unused=unused)]
    if verdict.verdict == "unknown" and has_gaps:
        verdict.notes.append("the capture has gaps: what a change does to what is missing nobody knows (`accept_gaps` takes it as it is)")
    return verdict


def word_of(
    tally: Tally, findings: Sequence[Finding], *, nulls: bool, foreign: bool, gaps: bool = False, calls_changed: int = 0
) -> VerdictWord:
    """The verdict's word: divergence before what is not known before what was intended.

    Of a capture with gaps nobody knows what a change does to what is missing.
    Where no call matched or diverged nothing was judged; where the arm says that calls were changed and the diff finds none, neither.
    """
    if not tally.sent:
        return "empty"
    unexpected = [finding for finding in findings if not finding.expected]
    if any(finding.judgement == "divergence" for finding in unexpected):
        return "divergence"
    if unexpected or nulls or tally.faults or calls_changed > tally.changed:
        return "unknown"
    if not (tally.classes["matched"] or tally.classes["diverged"]):
        return "unknown"
    if findings or tally.changed:
        return "unknown" if foreign or gaps else "as_intended"
    return "match"


def money_columns(tally: Tally) -> dict[str, Money]:
    """The columns by currency, in minor units; all but `moved` are those of the customers in reach."""
    keyed = {currency for _, currency, _ in tally.to_come}
    currencies = {*tally.moved_c, *tally.moved_k, *tally.currencies, *keyed} - {"*"}
    every = "*" in tally.unknown_money
    result: dict[str, Money] = {}
    for currency in sorted(currencies):
        moved = None if every or currency in tally.unknown_money else _amounts(tally.moved_c[currency], tally.moved_k[currency])
        result[currency] = Money(
            moved=moved,
            moved_to_horizon=_column(tally, "moved", currency),
            committed=_column(tally, "committed", currency),
            next_bill=_column(tally, "next_bill", currency),
        )
    return result


def _column(tally: Tally, name: str, currency: str) -> Amounts | None:
    if tally.null_columns[name]:
        return None
    return _amounts(tally.to_come[name, currency, "c"], tally.to_come[name, currency, "k"])


def judged_money(tally: Tally) -> float | None:
    """The share of the recorded money that judged calls moved: the lowest over the currencies; null where none moved."""
    shares = [_share(tally.judged_money[currency], amount) for currency, amount in tally.recorded_money.items() if amount]
    return min(shares, default=None)


def _exchanges(tally: Tally) -> Exchanges:
    classes = tally.classes
    return Exchanges(
        total=classes.total(),
        matched=classes["matched"],
        diverged=classes["diverged"],
        unknown=classes["unknown"],
        carried_over=classes["carried_over"],
        skipped=classes["skipped"],
    )


def _find_unreached(partial: Partial, concerned: Concerned, intent: Intent) -> None:
    """Note what was meant for those whom no difference reached, in any source."""
    for customer in sorted(concerned.customers - {row.customer for row in partial.bills}):
        for one in unreached(intent):
            partial.findings.add(unmet(customer, one))


def _concerns_nobody(concerned: Concerned, intent: Intent) -> list[Finding]:
    """One finding where the capture shows nobody whom the release is meant for: nothing that was meant was seen."""
    if concerned.customers or intent.who == Who():
        return []
    return [
        Finding(
            id="who", kind="effect.missing", operation="(intent)", field="who", count=1, examples=[], control="meant: somebody",
            candidate="nobody of whom all of `who` holds", money={}, cause=None, judgement="unknown", expected=False,
            reason="nobody in the capture is whom this is meant for",
        )
    ]  # fmt: skip


def _share_of_customers(rows: Sequence[NextBill], concerned: Concerned, intent: Intent) -> list[Finding]:
    """One finding where another share of the recording's customers is billed otherwise than was meant."""
    known, changed = concerned.known, len({row.customer for row in rows if row.cause is not None})
    if intent.share is None or (known and intent.share[0] <= changed / known <= intent.share[1]):
        return []
    meant = " to ".join(f"{share:.1%}" for share in dict.fromkeys(intent.share))
    return [
        Finding(
            id="share", kind="effect.changed", operation="(intent)", field="share of customers", count=1, examples=[],
            control=f"meant: {meant}", candidate=f"{changed} of {known}", money={}, cause=None, judgement="divergence", expected=False,
            reason="not as intended",
        )
    ]  # fmt: skip


def _bills(rows: Sequence[NextBill]) -> Bills:
    changed = [row for row in rows if row.cause is not None]
    changed.sort(key=lambda row: (-sum(map(abs, row.delta.values())), row.customer))
    unknown = sum(row.control is None or row.candidate is None for row in rows)
    return Bills(
        customers=len(rows), changed=len(changed), unknown=unknown, largest=changed[:_MOST_BILLS], recurring=recurring(rows),
        totals=reckoned(rows),
    )  # fmt: skip


def _effects(tally: Tally) -> dict[str, dict[str, int]]:
    effects: dict[str, dict[str, int]] = {}
    for (name, family, sign), count in sorted(tally.effects.items()):
        effects.setdefault(name if family == "effect" else f"event {name}", {})[sign] = count
    return effects


def _notes(verdict: Verdict, tally: Tally, *, foreign: bool, unused: Sequence[str] = ()) -> list[str]:
    notes = [f"`expect: calls` matched no change: {entry}" for entry in unused]
    if tally.raised:
        worst, _ = tally.raised.most_common(1)[0]
        notes.append(f"{FAILED} in {tally.raised.total():,} calls, so that nothing is known of what follows: {worst}")
    asked = verdict.candidate.asked_version
    if asked and not tally.versions:
        notes.append(f"{UNTESTED} {asked}: nothing was tested")
    if not tally.changed and not asked:
        notes.append("no call changed: nothing was tested" + _seen(verdict, tally))
    if foreign:
        notes.append(f"the capture comes from {verdict.origin}, not from Stripe: this shows the mechanism and proves nothing about Stripe")
    if tally.faults:
        notes.append(f"{tally.faults} places differ between the arms that nothing reaches: a fault of replayer's own; please report it")
    for currency, amount in unexplained(verdict.findings, verdict.money).items():
        notes.append(
            f"the root findings do not come to the money moved: {format_amount(amount, currency, signed=True)} follows from none of them"
        )
    notes += [
        f"the bills of the {total.arm} arm do not add up to its ledger: off by {format_amount(total.off, total.currency)}"
        for total in verdict.bills.totals
        if total.off
    ]
    columns = {"committed": "committed", "next_bill": "next bill", "moved": "what moves to the horizon"}
    unknown = [f"{word} of {tally.null_columns[name]} customers" for name, word in columns.items() if tally.null_columns[name]]
    if unknown:
        notes.append(f"not known: {', '.join(unknown)} in reach")
    if tally.ownerless:
        calls = ", ".join(f"{name} ×{count}" for name, count in tally.ownerless.most_common(_MOST_SEEN))
        notes.append(
            "nobody's next bill is known: the control came to something else than Stripe in calls of which nothing tells whose they are: "
            f"{calls}"
        )
    if tally.undone:
        notes.append(f"{tally.undone:,} acts off camera were not done, or came to something else than the recording shows of them")
    return notes


def _seen(verdict: Verdict, tally: Tally) -> str:
    """What a candidate that changed nothing saw: perhaps it looks for an operation by a wrong name."""
    if verdict.candidate.file is None:
        return ""
    most = tally.seen.most_common(_MOST_SEEN)
    seen = ", ".join(f"{name} ×{count}" for name, count in most) + (" …" if len(tally.seen) > _MOST_SEEN else "")
    return f". The candidate saw {seen}"


def _amounts(control: int, candidate: int) -> Amounts:
    return Amounts(control=control, candidate=candidate, delta=candidate - control)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 1.0


def to_json(verdict: Verdict) -> bytes:
    """The verdict as scripts read it."""
    return msgspec.json.format(msgspec.json.encode(verdict), indent=2)
