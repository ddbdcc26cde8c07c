"""Play the billing sequences on the simulator and on another target, on test clocks, and say where the bills differ.

What is compared is what a customer is billed: invoices in order with their lines, the balance, what waits, the subscription's state. Ids,
texts and times of day are not; times count from the start of the sequence, in seconds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zlib import crc32

import msgspec

from replayer.model import Outcome, Request, TargetError
from replayer.runs.sequences import START, Sequence, Step
from replayer.stripeapi.versions import NEWEST
from replayer.targets import Session, Target
from replayer.targets.simulator import SimulatorTarget

CLOCKS = "/v1/test_helpers/test_clocks"
_DAY = 86_400
_STRIDE = 28 * _DAY  # Stripe lets a clock go two intervals of the shortest subscription at a time; weekly ones get less
_NAME = re.compile(r"\{([a-z.]+)\}")
_PATIENCE = 120.0  # seconds until an advance must be done
_DAYS_A_WEEKLY_CLOCK_GOES = 14
_INVOICE = ("status", "billing_reason", "currency", "subtotal", "total", "amount_due", "amount_paid", "amount_remaining", "attempt_count",
            "starting_balance", "ending_balance", "collection_method")  # fmt: skip
_LINE = ("amount", "currency", "quantity", "discountable")
_SUBSCRIPTION = ("status", "cancel_at_period_end")


class Difference(msgspec.Struct, frozen=True):
    """A place at which the two say something else: `invoices[1].total`; null where one has no such place."""

    place: str
    simulator: Any
    target: Any


class Played(msgspec.Struct, frozen=True):
    """One sequence: where the bills differ, or why it could not be played to its end."""

    rule: str
    name: str
    differences: list[Difference] = []
    problem: str | None = None

    @property
    def verdict(self) -> str:
        """`agrees`, `differs`, or `unknown` where it could not be played."""
        return "unknown" if self.problem else "differs" if self.differences else "agrees"


def conform(
    target: Target, chosen: Iterable[Sequence], *, version: str = NEWEST, tag: str = "conform", told: Callable[[Played], None] | None = None
) -> list[Played]:
    """Play each sequence on the simulator and on a target. Raises `Refused` where the target may not be written to."""
    reference = SimulatorTarget()
    results = []
    for sequence in chosen:
        results.append(_compared(reference, target, sequence, version, tag))
        if told is not None:
            told(results[-1])
    return results


def _compared(reference: Target, target: Target, sequence: Sequence, version: str, tag: str) -> Played:
    try:
        ours, theirs = (_play(one, sequence, version, tag) for one in (reference, target))
    except TargetError as problem:
        return Played(sequence.rule, sequence.name, problem=str(problem))
    return Played(sequence.rule, sequence.name, list(differences(ours, theirs)))


def differences(ours: Any, theirs: Any, place: str = "") -> Iterable[Difference]:
    """The places at which two trees differ; what only one of them has is a difference too."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in [*ours, *(name for name in theirs if name not in ours)]:
            yield from differences(ours.get(name), theirs.get(name), f"{place}.{name}" if place else name)
    elif isinstance(ours, list) and isinstance(theirs, list):
        for number in range(max(len(ours), len(theirs))):
            mine, other = (one[number] if number < len(one) else None for one in (ours, theirs))
            yield from differences(mine, other, f"{place}[{number}]")
    elif type(ours) is not type(theirs) or ours != theirs:
        yield Difference(place, ours, theirs)


def _play(target: Target, sequence: Sequence, version: str, tag: str) -> dict[str, Any]:
    session = target.open(f"conform {sequence.rule} {sequence.name}")
    try:
        player = _Player(session, version, f"{tag}_{crc32(sequence.name.encode()):08x}")
        try:
            return player.play(sequence)
        finally:
            player.forget()
    finally:
        session.close()


class _Player:
    """One sequence on one target: its test clock, and the ids that its steps were answered with."""

    def __init__(self, session: Session, version: str, tag: str) -> None:
        self._session, self._version = session, version
        self._named = {"tag": tag}  # what an account may hold once, such as a meter's event name, bears it
        self._at = START
        self._weekly = False

    def play(self, sequence: Sequence) -> dict[str, Any]:
        """Make the clock, take the steps at their days, run on, and read the bills."""
        clock = self._ok("POST", CLOCKS, {"frozen_time": str(START), "name": "replayer conform"})
        self._named["clock"] = str(clock["id"])
        self._weekly = any((step.params.get("recurring") or {}).get("interval") == "week" for step in sequence.steps)
        for step in sequence.steps:
            self._advance(START + step.day * _DAY)
            self._take(step)
        self._advance(START + sequence.days * _DAY + 2 * 3600)  # beyond the draft hour
        return self._bills()

    def forget(self) -> None:
        """Delete the clock, and with it what stands on it."""
        if "clock" in self._named:
            self._send("DELETE", f"{CLOCKS}/{self._named['clock']}", {})

    def _take(self, step: Step) -> None:
        method, path = step.operation.split(" ")
        params = self._filled(step.params)
        if step.operation == "POST /v1/customers":
            params["test_clock"] = self._named["clock"]
        body = self._ok(method, self._filled(path), params)
        self._named[step.name] = str(body["id"]) if "id" in body else ""
        items = (body.get("items") or {}).get("data") or [] if body.get("object") == "subscription" else []
        if items:
            self._named["subscription.item"] = str(items[0]["id"])

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            return _NAME.sub(lambda found: self._named[found[1]], value)
        if isinstance(value, Mapping):
            return {name: self._filled(child) for name, child in value.items()}
        return [self._filled(child) for child in value] if isinstance(value, list) else value

    def _advance(self, to: int) -> None:
        stride = _DAYS_A_WEEKLY_CLOCK_GOES * _DAY if self._weekly else _STRIDE
        while self._at < to:
            self._at = min(to, self._at + stride)
            self._ok("POST", f"{CLOCKS}/{self._named['clock']}/advance", {"frozen_time": str(self._at)})
            self._wait()

    def _wait(self) -> None:
        deadline, pause = time.monotonic() + _PATIENCE, 0.02
        while (status := self._ok("GET", f"{CLOCKS}/{self._named['clock']}", {}).get("status")) != "ready":
            if status != "advancing" or time.monotonic() > deadline:
                raise TargetError(f"the test clock did not become ready: {status}")
            time.sleep(pause)
            pause = min(2.0, pause * 2)

    def _bills(self) -> dict[str, Any]:
        customer = self._named["customer"]
        invoices = self._list("/v1/invoices", customer)[::-1]
        subscriptions = self._list("/v1/subscriptions", customer, status="all")
        waiting = self._list("/v1/invoiceitems", customer, pending="true")
        return {
            "subscription": [_some(one, _SUBSCRIPTION) | {"period": _period_of(one)} for one in subscriptions],
            "balance": self._ok("GET", f"/v1/customers/{customer}", {}).get("balance"),
            "waiting": sorted(item["amount"] for item in waiting),
            "invoices": [_invoice(one) for one in invoices],
        }

    def _list(self, path: str, customer: str, **more: str) -> list[dict[str, Any]]:
        found = self._ok("GET", path, {"customer": customer, "limit": "100", **more}).get("data")
        if not isinstance(found, list):
            raise TargetError(f"GET {path} was answered with no list")
        return found

    def _ok(self, method: str, path: str, params: dict[str, Any]) -> dict[str, Any]:
        outcome = self._send(method, path, params)
        if outcome.status != 200 or not isinstance(outcome.body, dict):
            raise TargetError(f"{method} {path}: {outcome.why}")
        return outcome.body

    def _send(self, method: str, path: str, params: dict[str, Any]) -> Outcome:
        return self._session.send(Request(method=method, path=path, params=params, version=self._version), float(START))


def _invoice(invoice: dict[str, Any]) -> dict[str, Any]:
    lines = sorted(
        ((invoice.get("lines") or {}).get("data") or []), key=lambda line: (line["period"]["start"], line["amount"], line["period"]["end"])
    )
    return {
        **_some(invoice, _INVOICE),
        "created": _since(invoice.get("created")),
        "due": _since(invoice.get("due_date")),
        "discounts": [one["amount"] for one in invoice.get("total_discount_amounts") or []],
        "taxes": [one["amount"] for one in invoice.get("total_taxes") or invoice.get("total_tax_amounts") or []],
        "lines": [_some(line, _LINE) | {"from": _since(line["period"]["start"]), "to": _since(line["period"]["end"])} for line in lines],
    }


def _period_of(subscription: dict[str, Any]) -> list[int | None]:
    """Where the current period begins and ends: on the first item since 2025-03-31, on the subscription before."""
    items = (subscription.get("items") or {}).get("data") or [{}]
    holder = subscription if "current_period_end" in subscription else items[0]
    return [_since(holder.get("current_period_start")), _since(holder.get("current_period_end"))]


def _some(value: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value.get(name) for name in names}


def _since(moment: Any) -> int | None:
    """Seconds after the start; to the minute, since test clocks take a moment for what happens on them."""
    return None if not isinstance(moment, int) else (moment - START) // 60 * 60
