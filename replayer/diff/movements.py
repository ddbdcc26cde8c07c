"""What calls did to the world in either arm: effects, and money that moved, by who paid it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from replayer.capture.owners import bills_nobody, customers_of, may_be_anybodys, may_have_taken_hold, owners, tells
from replayer.capture.recorded_money import Ledger
from replayer.diff.align import Aligned, operation_of, sent
from replayer.diff.canonical import Canon
from replayer.diff.effects import assumed, effects_of, moved, moved_by, tally
from replayer.diff.judge import Facts, judge
from replayer.diff.notes import Notes
from replayer.diff.reach import Taint
from replayer.diff.tally import COLUMNS, Setting, Tally
from replayer.model import Effect, Exchange

_AS_RECORDED = Canon()


class Movements:
    """Effects and money of one source; `customers` are those in reach, by recorded id, each with what reaches it."""

    def __init__(self, notes: Notes, setting: Setting, counts: Tally) -> None:
        self._notes = notes
        self._setting = setting
        self._tally = counts
        self._ledgers = Ledger(), Ledger()
        self.customers: dict[str, Taint] = {}
        # Of whom the control came to something else than Stripe, so that it cannot tell what they are billed; and the calls of which
        # nothing tells whose they are.
        self.lost: set[str] = set()
        self.ownerless: list[tuple[str, str]] = []
        self.others: set[str] = set()  # customers of whom a call was passed over
        self.events: Counter[tuple[str, str]] = Counter()  # by customer and type, how many more the candidate's arm emits

    def effects(self, call: Aligned) -> list[list[Effect]]:
        """What a call did in either arm: the control's effects and the candidate's."""
        ledger_c, ledger_k = self._ledgers
        told = self._setting.deterministic
        setting = self._setting
        controls = [call.control] if call.control is not None and sent(call.control) else []
        calls = [exchange for exchange in (call.candidate, *call.doubled, *call.extra) if exchange is not None and sent(exchange)]
        return [
            [effect for exchange in made for effect in (*effects_of(exchange, ledger, told=told), *_events(exchange, events))]
            for made, ledger, events in ((controls, ledger_c, setting.events_c), (calls, ledger_k, setting.events_k))
        ]

    def note(
        self, call: Aligned, taint: Taint | None, effects: list[list[Effect]], recorded: Counter[str], canon_c: Canon, canon_k: Canon
    ) -> None:
        """Note effects and money in which the arms differ, and add up what moved."""
        for more, side, canon in ((-1, effects[0], canon_c), (1, effects[1], canon_k)):
            for effect in side:
                if effect.kind == "event" and effect.customer:
                    self.events[canon.text(effect.customer), effect.object] += more
        control, candidate = (tally(side) for side in effects)
        money_c, money_k = (moved(side) for side in effects)
        payers_c, payers_k = moved_by(effects[0], canon_c), moved_by(effects[1], canon_k)
        same_money = payers_c == payers_k
        known = (
            same_money and (taint is None or not taint.full) and self._setting.origin_counts and call.recorded.outcome.status is not None
        )
        self._tally.moved_c.update(recorded if known else money_c)
        self._tally.moved_k.update(recorded if known else money_k)
        if not known:
            for side, arm in zip(effects, ("control", "candidate"), strict=True):
                self._tally.assumed.update(assumed(side, arm))
        told = _sequence(effects[0], canon_c), _sequence(effects[1], canon_k)
        is_turned = self._setting.deterministic and control == candidate and told[0] != told[1]
        if control == candidate and same_money and not is_turned:
            return
        word = judge(
            Facts(
                reach=taint is not None and taint.full,
                kind="existence",
                equal=False,
                recorded_equal=None,
                blind=taint.blind if taint and not call.missing and not call.extra and not call.doubled else False,
                deterministic=self._setting.deterministic,
            )
        )
        if taint is not None and not taint.full:
            word = "unknown"
        self._tally.faults += word == "fault"
        unsure = not call.missing and not sent(call.candidate)
        judgement: Any = "divergence" if word == "divergence" and not unsure else "unknown"
        for key in sorted({*control, *candidate}):
            a, b = control[key], candidate[key]
            if a != b:
                kind, name = key
                family = "event" if kind == "event" else "effect"
                sign = "missing" if a > b else "extra"
                self._tally.effects[f"{name} {kind}" if family == "effect" else name, family, sign] += abs(a - b)
                field = name if family == "event" else f"{name} {kind}"
                self._notes.add(call, f"{family}.{sign}", field, a, b, judgement=judgement, cause=taint.root if taint else None)
        cause = taint.root if taint else None
        if is_turned:
            family = "event.reordered" if sorted(told[0]) == sorted(told[1]) else "event.changed"
            one, other = _first_difference(*told)
            shown = (f"{name} of {customer or 'nobody'}" for name, customer in (one, other))
            self._notes.add(call, family, one[0], *shown, judgement=judgement, cause=cause)
        for currency, payer in sorted({*payers_c, *payers_k}):
            a, b = payers_c[currency, payer], payers_k[currency, payer]
            if a != b:
                finding = self._notes.add(call, "effect.changed", f"money {currency}", a, b, judgement=judgement, cause=cause)
                self._notes.findings.money(finding, {currency: b - a})
                self._tally.payers[payer, currency] += b - a
        if cause:
            self._notes.findings.money(cause, {currency: money_k[currency] - money_c[currency] for currency in {*money_c, *money_k}})

    def know(self, call: Aligned, word: str, taint: Taint, recorded: Counter[str], control: Counter[str]) -> None:
        """Whether what a call in reach moved is known: the target follows what differs, and moves in control what Stripe moved."""
        currencies = _currencies(call)
        self._tally.currencies.update(currencies)
        if call.recorded.request.method == "GET" and not call.extra:
            return
        evidence = self._setting.origin_counts and call.recorded.outcome.status is not None
        status = call.control.outcome.status if call.control is not None else None
        unsent = not sent(call.control) or not (sent(call.candidate) or call.missing)
        unsent = unsent or status is None or (evidence and status != call.recorded.outcome.status)
        if taint.blind or unsent or word == "carried_over" or (evidence and recorded != control):
            self._tally.unknown_money.update(currencies or {"*"})

    def lose(self, call: Aligned, canon_c: Canon, canon_k: Canon) -> None:
        """Note whose call it is that did something in the control which it did not do at Stripe, or did nothing where it did there."""
        found, _ = concerned(call, [], canon_c, canon_k)
        self.lost.update(found | owners(call.recorded))
        if not found and may_be_anybodys(call.recorded, call.control.outcome.body if call.control is not None else None):
            self.ownerless.append((call.recorded.id, call.operation))

    def pass_over(self, recorded: Exchange) -> None:
        """Note a call that was not selected and that nobody made: where nothing tells whose it is, it may be that of who was selected."""
        self.others.update(owners(recorded))
        if may_have_taken_hold(recorded) and may_be_anybodys(recorded):
            self.ownerless.append((recorded.id, operation_of(recorded.request)))

    def touch_customers(self, call: Aligned, taint: Taint, effects: list[list[Effect]], canon_c: Canon, canon_k: Canon) -> None:
        """Note whose call in reach it is: what is to come for them is compared at the end. Where nobody tells, the columns are unknown."""
        found, told = concerned(call, effects, canon_c, canon_k)
        for customer in found:
            self.customers[customer] = taint.join(self.customers.get(customer))
        if not found and not told and call.recorded.request.method != "GET":
            self._tally.null_columns.update(dict.fromkeys(COLUMNS, 1))


def _sequence(effects: list[Effect], canon: Canon) -> list[tuple[str, str]]:
    """The events of a call in the order in which they were told, with whose they are."""
    return [(effect.object, canon.text(effect.customer) if effect.customer else "") for effect in effects if effect.kind == "event"]


def _first_difference(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> tuple[tuple[str, str], tuple[str, str]]:
    return next(pair for pair in zip(one, other, strict=True) if pair[0] != pair[1])


def _events(exchange: Exchange, events: dict[str, list[Effect]]) -> list[Effect]:
    """The events that the target told of a call."""
    return events.get(exchange.outcome.headers.get("request-id", ""), []) if events else []


def concerned(call: Aligned, effects: list[list[Effect]], canon_c: Canon, canon_k: Canon) -> tuple[set[str], bool]:
    """The customers whose call it is, by recorded id, and whether the call tells at all whose it is."""
    found: set[str] = set()
    told = False
    sides = [(call.recorded, _AS_RECORDED), (call.control, canon_c)]
    sides += [(exchange, canon_k) for exchange in (call.candidate, *call.extra, *call.doubled)]
    for exchange, canon in sides:
        body = exchange.outcome.body if exchange is not None else None
        if isinstance(body, dict):
            told = told or tells(body)
            found.update(map(canon.text, customers_of(body)))
    for side, canon in zip(effects, (canon_c, canon_k), strict=False):
        found.update(canon.text(effect.customer) for effect in side if effect.customer)
    return found, told


def came_otherwise(call: Aligned) -> bool:
    """Whether a write that bills took hold at only one of Stripe and the control. What failed at Stripe may have taken hold there."""
    recorded, control = call.recorded.outcome.status, call.control
    if bills_nobody(call.recorded.request):
        return False
    if recorded is None or recorded >= 500:
        return True
    status = control.outcome.status if control is not None and sent(control) else None
    if recorded >= 300:
        return status is not None and status < 300
    return status != recorded


def _currencies(call: Aligned) -> set[str]:
    found: set[str] = set()
    for exchange in (call.recorded, call.control, call.candidate):
        if exchange is None:
            continue
        for holder in (exchange.outcome.body, exchange.request.params):
            currency = holder.get("currency") if isinstance(holder, dict) else None
            if isinstance(currency, str) and currency:
                found.add(currency.lower())
    return found
