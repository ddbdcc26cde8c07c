"""Explain one customer's bills, one invoice, or one call: what was recorded, what the arms made of it, and which rule gives each line."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from replayer.capture.bindings import Bindings
from replayer.capture.reread import reader
from replayer.capture.stimuli import stimuli_of, with_stimuli
from replayer.capture.store import Capture, open_capture
from replayer.diff.intent import objects_in
from replayer.model import Exchange, InputError, NextBill
from replayer.report.bills import as_text
from replayer.runs.run import CANDIDATE, CONTROL, VERDICT, read_bills, reopen
from replayer.stripeapi.amounts import format_amount

Invoice = dict[str, Any]
_MOST_FOUND = 12


def explain(subject: Path, what: str) -> Iterator[str]:
    """The lines of an explanation; `subject` is a finished run or a capture, `what` a customer, an invoice, or an exchange's id."""
    run = subject if (subject / VERDICT).is_file() else None
    arms = {role: open_capture(run / role) for role in (CONTROL, CANDIDATE)} if run is not None else {}
    capture = _recorded(arms[CONTROL]) if arms else open_capture(subject)
    story = _Story(what, {role: _by_parent(arm) for role, arm in arms.items()})
    for exchange in _with_acts(capture, arms.get(CONTROL))():
        story.take(exchange)
    if not story.calls:
        raise InputError(f"nothing in this capture concerns {what}", place=str(capture.path), hint="`replayer show` lists its calls")
    yield f"CALLS     {len(story.calls)} concern {what}"
    yield from (f"          {line}" for line in story.calls)
    yield from story.told()
    if run is not None:
        rows = [row for row in read_bills(run) if row.customer in story.customers]
        yield from _changed(run, story)
        yield from _ahead(run, rows)


def _recorded(control: Capture) -> Capture:
    parent = control.manifest.parent
    if parent is None:
        raise InputError("this arm does not say of which capture it is", place=str(control.path))
    return open_capture((control.path / parent.path).resolve())


def _with_acts(capture: Capture, control: Capture | None) -> Callable[[], Iterator[Exchange]]:
    """A function that reads a recording with what was done off camera: as the run was given it, else as it is inferred."""
    names = [source.name for source in capture.sources]
    given = control.stimuli if control is not None else lambda name: stimuli_of(name, reader(capture, name), None).acts
    return with_stimuli(capture.exchanges, [act for name in names for act in given(name)])


def _by_parent(arm: Capture) -> dict[str, Exchange]:
    return {exchange.replayed_from: exchange for exchange in arm.exchanges() if exchange.replayed_from and exchange.disposition == "sent"}


class _Story:
    """What a capture shows of one subject."""

    def __init__(self, what: str, arms: dict[str, dict[str, Exchange]]) -> None:
        self._what, self._arms = what, arms
        # By arm and source: each source may have an account of its own, and ids that another has too.
        self._bindings: dict[tuple[str, str], Bindings] = defaultdict(Bindings)
        self._live: dict[tuple[str, str], dict[str, Invoice]] = defaultdict(dict)
        self.calls: list[str] = []
        self.ids: set[str] = set()
        self.customers: set[str] = set()
        self._invoices: dict[tuple[str, str], Invoice] = {}  # by source and id

    def take(self, exchange: Exchange) -> None:
        """Look at a recorded exchange and what the arms made of it."""
        found = list(objects_in(exchange.outcome.body))
        concerned = exchange.id == self._what or self._what in exchange.request.path or any(self._concerns(item) for item in found)
        for item in found:
            if item["object"] == "invoice" and "lines" in item and (self._concerns(item) or exchange.id == self._what):
                self._invoices[exchange.source, str(item.get("id"))] = item
        for role, calls in self._arms.items():
            made = calls.get(exchange.id)
            if made is not None:
                self._bindings[role, exchange.source].learn(exchange.outcome.body, made.outcome.body)
                self._live[role, exchange.source].update(
                    (str(item.get("id")), item) for item in objects_in(made.outcome.body) if item["object"] == "invoice"
                )
        if concerned:
            self.ids.add(exchange.id)
            self.customers.update(_customers(found))
            statuses = [exchange.outcome.status, *(self._status(role, exchange.id) for role in self._arms)]
            shown = " → ".join("none" if status is None else str(status) for status in statuses)
            actor = "  by somebody else, off camera" if exchange.lane == "external" else ""
            self.calls.append(f"{exchange.id:<7} {exchange.request.method:<6} {exchange.request.path}  {shown}{actor}")

    def _status(self, role: str, identifier: str) -> int | None:
        made = self._arms[role].get(identifier)
        return made.outcome.status if made is not None else None

    def _concerns(self, item: dict[str, Any]) -> bool:
        customer = item.get("customer")
        owner = customer.get("id") if isinstance(customer, dict) else customer
        return self._what in (item.get("id"), owner)

    def told(self) -> Iterator[str]:
        """The invoices that the recording shows, line by line, and whether the control reproduces each."""
        for (source, identifier), invoice in self._invoices.items():
            currency = str(invoice.get("currency"))
            yield f"INVOICE   {identifier}  {format_amount(int(invoice.get('total') or 0), currency)}  {invoice.get('status')}"
            lines = (invoice.get("lines") or {}).get("data") or []
            for number, line in enumerate(lines, 1):
                yield f"          {number}. {format_amount(line['amount'], currency, name=False):>12}  {line.get('description') or ''}"
                yield f"             {_rule(line, currency)}"
            yield from (f"          {text}" for text in _extras(invoice, currency))
            if (invoice.get("lines") or {}).get("has_more"):
                yield "          more lines than the recording shows: what they bill is not known"
            if self._arms:
                yield f"          {self._compared(source, identifier, lines)}"
        if not self._invoices:
            yield "INVOICE   none of its invoices is in the capture: what was billed is not shown by it"

    def _compared(self, source: str, identifier: str, lines: list[dict[str, Any]]) -> str:
        live = self._live[CONTROL, source].get(self._bindings[CONTROL, source].live.get(identifier, ""))
        if live is None:
            return "not reproduced: the control made no such invoice"
        made = (live.get("lines") or {}).get("data") or []
        for number, (mine, other) in enumerate(zip(lines, made, strict=False), 1):
            if mine.get("amount") != other.get("amount"):
                return f"not reproduced at line {number}: recorded {mine.get('amount')}, control {other.get('amount')}"
        if len(lines) != len(made):
            return f"not reproduced at line {min(len(lines), len(made)) + 1}: recorded {len(lines)} lines, control {len(made)}"
        return "reproduced by the control, line by line"


def _customers(found: list[dict[str, Any]]) -> Iterator[str]:
    for item in found:
        owner = item.get("id") if item["object"] == "customer" else item.get("customer")
        owner = owner.get("id") if isinstance(owner, dict) else owner
        if isinstance(owner, str):
            yield owner


def _rule(line: dict[str, Any], currency: str) -> str:
    """Which rule gives a line its amount, checked where the line itself shows enough."""
    amount, quantity = line["amount"], line.get("quantity")
    period = line.get("period") or {}
    span = f"{_day(period.get('start'))} to {_day(period.get('end'))}"
    parent = line.get("parent") or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    if line.get("proration") or details.get("proration"):
        side = "credit for what is left of the old" if amount < 0 else "what is left of the new"
        return f"proration, {side}: {span}"
    price = line.get("price") if isinstance(line.get("price"), dict) else {}
    pricing = line.get("pricing") or {}
    unit = pricing.get("unit_amount_decimal") or (price or {}).get("unit_amount_decimal") or (price or {}).get("unit_amount")
    if unit is None or quantity is None:
        return f"an amount of its own: {span}"
    expected = Decimal(str(unit)) * quantity
    words = f"{quantity} × {unit} = {expected}"
    if expected.quantize(Decimal(1), ROUND_HALF_UP) == amount:
        return f"price × quantity: {words}, {span}"
    return f"not price × quantity ({words}): a tier, a package, or an amount: {span}"


def _extras(invoice: Invoice, currency: str) -> Iterator[str]:
    """Discounts, tax and credit: what stands between the lines and what is due."""
    for one in invoice.get("total_discount_amounts") or []:
        yield f"   {format_amount(-one['amount'], currency, name=False):>12}  discount {one.get('discount')}"
    for one in invoice.get("total_taxes") or invoice.get("total_tax_amounts") or []:
        inside = one.get("tax_behavior") == "inclusive" or one.get("inclusive")
        yield f"   {format_amount(one['amount'], currency, name=False):>12}  tax{', inside the amounts' if inside else ''}"
    start, due, total = invoice.get("starting_balance") or 0, invoice.get("amount_due"), invoice.get("total")
    if start:
        yield f"   {format_amount(start, currency, name=False):>12}  the customer's balance before"
    if due is not None and due != total:
        yield f"   {format_amount(due, currency, name=False):>12}  is due of a total of {format_amount(int(total or 0), currency)}"


def _day(at: Any) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at)) if isinstance(at, int) else "?"


def _changed(run: Path, story: _Story) -> Iterator[str]:
    """What the run found at these calls or with these customers: the money that moved is among it."""
    found = [one for one in reopen(run).findings if story.ids & set(one.examples) or story.customers & set(one.customers)]
    for finding in found[:_MOST_FOUND]:
        money = "  ".join(format_amount(amount, currency, signed=True) for currency, amount in finding.money.items())
        if finding.judgement == "unknown" and finding.control == finding.candidate:
            yield f"FOUND     unknown  {finding.operation}: {finding.reason}"
            continue
        words = (f"{finding.operation} {finding.field or ''}".strip(), f"{finding.control} → {finding.candidate}", money)
        yield f"FOUND     {finding.kind}  " + "  ".join(word for word in words if word)
    if len(found) > _MOST_FOUND:
        yield f"          … and {len(found) - _MOST_FOUND} more findings at these calls (`replayer run --format json` lists all)"


def _ahead(run: Path, rows: list[NextBill]) -> Iterator[str]:
    findings = {finding.id: finding for finding in reopen(run).findings}
    for row in rows:
        yield "NEXT BILL " + next(as_text([row]))
        yield from (f"      {line}" for line in list(as_text([row]))[1:])
        cause = findings.get(row.cause or "")
        if cause is not None:
            first = ", ".join(cause.examples)
            yield f"BECAUSE   {cause.operation} {cause.field or ''} {cause.control} → {cause.candidate}  (first: {first})"
    if not rows:
        yield "NEXT BILL not compared: no change of a call reaches this customer, or no bill is to come"
