"""A customer's time to come: the account runs on by itself, on a fork, to the next invoice and on until that is settled.

What is then done is what the clock would have done: renewals, schedules, the draft hour, collection, retries.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from replayer.model import Bill, BillLine
from replayer.simulator import clockwork, credit_grants
from replayer.simulator.agenda import Agenda, Appointment
from replayer.simulator.calls import Call, clock_of
from replayer.simulator.endings import ENDED
from replayer.simulator.records import Record
from replayer.simulator.recurring import monthly
from replayer.simulator.store import Store

_DAY = 86400
LONGEST = 400 * _DAY  # thirteen months
_SETTLED = ("paid", "void", "uncollectible")
# Fields of a customer that decide what every subscription bills, those too that no call has shown.
_SHARED = frozenset({"address", "balance", "default_source", "discount", "invoice_settings", "shipping", "tax_exempt"})
_CONCERNED = ("subscription", "invoice", "subscription_schedule", "payment_intent", "charge")


class Ahead:
    """What is still to come for one customer. `known` turns false once anything in it is nobody's word."""

    def __init__(self, store: Store, customer: Record, now: int, appointments: dict[str, list[Appointment]]) -> None:
        call = Call.unattended(store, now)
        call.on_clock(customer)
        self.start = self._at = call.now
        self._store = store.fork()
        self._customer = customer.id
        self._clock = clock_of(store, customer)
        self._agenda = self._store.agenda if self._clock is None else self._store.clocks.setdefault(self._clock, Agenda())
        self._paid_before = {one.id: int(one["amount_paid"] or 0) for one in store.children("invoice", "customer", customer.id)}
        self._before = {one.id for one in store.children("invoice", "customer", customer.id) if not _is_on_its_way(one)}
        self._moved: Counter[str] = Counter()
        self._live = [one.id for one in self._subscriptions() if one["status"] not in ENDED]
        self.known = customer.id not in store.billed and all(not call.sure(one).weak for one in self._subscriptions())
        self.known = self.known and not any(map(_may_be_bought, store.children("checkout.session", "customer", customer.id)))
        self.known = self.known and (customer.raw is None or self._is_told_of(customer))
        self.committed = committed(call, customer)
        for appointment in sorted(entry for name in self._concerned() for entry in appointments.get(name, ())):
            self._agenda.keep(appointment)
        self._appoint_baseline(appointments)

    def _subscriptions(self) -> list[Record]:
        return self._store.children("subscription", "customer", self._customer)

    def _concerned(self) -> list[str]:
        return [one.id for kind in _CONCERNED for one in self._store.children(kind, "customer", self._customer)]

    def _is_told_of(self, customer: Record) -> bool:
        """Whether what the capture shows of a customer from before is enough: a subscription, and nothing changed that others share."""
        return bool(self._live) and not customer.touched & _SHARED

    def _appoint_baseline(self, appointments: dict[str, list[Appointment]]) -> None:
        """Subscriptions from before the first call renew too."""
        for one in self._subscriptions():
            if one.id not in appointments and one["status"] not in ENDED:
                if one["current_period_end"] <= self.start:  # it renewed meanwhile, and nobody saw how
                    self.known = False
                    return
                self._agenda.add(int(one["current_period_end"]), "renew", one.id)
                if isinstance(one.values.get("cancel_at"), int):
                    self._agenda.add(one["cancel_at"], "cancel", one.id)

    # --- running on

    def to_next(self, cycles: int = 1) -> int:
        """Run on until every subscription has had its next invoices, or ended; returns the time of the last of them, else the present."""
        while self._waits(cycles) and self._step(self.start + LONGEST):
            pass
        if self._waits(cycles):
            self.known = False  # its next invoice lies too far ahead to be told
        return max((bill["created"] for bill in self._first(cycles)), default=self.start)

    def run_to(self, until: int) -> None:
        """Run on to a time, and on until every invoice made by then is paid, void or given up, or its first attempt has failed."""
        while self._step(until):
            pass
        while any(not _is_settled(one) for one in self._new() if one["created"] <= until) and self._step(until + LONGEST):
            pass
        self._at = until

    def _step(self, until: int) -> bool:
        due = self._agenda.next_due()
        if due is None or due > until or not self.known:
            return False
        for effect in clockwork.run(self._store, due, self._agenda, self._clock):
            if effect.kind == "money" and effect.currency is not None:
                self._moved[effect.currency] += effect.amount or 0
        self.known = self._customer not in self._store.billed
        return True

    def _waits(self, cycles: int) -> bool:
        counts = Counter(one.values.get("subscription") for one in self._new())
        for identifier in self._live:
            record = self._store.get("subscription", identifier)
            if record is not None and record["status"] not in (*ENDED, "paused") and counts[identifier] < cycles:
                return True
        return False

    def _new(self) -> list[Record]:
        """The invoices that were made since, or were drafts then that the clock finalizes; oldest first."""
        found = [one for one in self._store.children("invoice", "customer", self._customer) if one.id not in self._before]
        return sorted(found, key=lambda one: (one["created"], one.sequence))

    def _first(self, cycles: int) -> list[Record]:
        counts: Counter[Any] = Counter()
        found = []
        for one in self._new():
            counts[one.values.get("subscription")] += 1
            if counts[one.values.get("subscription")] <= cycles:
                found.append(one)
        return found

    # --- told

    @property
    def moved(self) -> dict[str, int]:
        """What the customer paid since (minor units by currency)."""
        return {currency: amount for currency, amount in self._moved.items() if amount}

    def next_bill(self) -> dict[str, int]:
        """The totals of each subscription's next invoice; one that nobody is to pay, as collection is paused, is none."""
        found: Counter[str] = Counter()
        for one in self._first(1):
            if one["status"] not in ("void", "uncollectible"):
                found[str(one["currency"])] += int(one["total"])
        return dict(found)

    def others(self) -> dict[str, int]:
        """What was paid since on invoices that are not among the bills: made before the start, or after the time that it was run to."""
        found: Counter[str] = Counter()
        for one in self._store.children("invoice", "customer", self._customer):
            if one.id in self._before or one["created"] > self._at:
                found[str(one["currency"])] += int(one["amount_paid"] or 0) - self._paid_before.get(one.id, 0)
        return {currency: amount for currency, amount in found.items() if amount}

    def recurring(self) -> dict[str, int]:
        """What the subscriptions bill a month, at the time that it was run to."""
        return monthly(Call.unattended(self._store, self._at), self._customer)

    def bills(self) -> list[Bill]:
        """The invoices made up to the time to which the account was run, oldest first."""
        return [self._bill(one) for one in self._new() if one["created"] <= self._at]

    def _bill(self, invoice: Record) -> Bill:
        return Bill(
            created=invoice["created"],
            currency=str(invoice["currency"]),
            total=invoice["total"],
            due=invoice["amount_due"],
            paid=invoice["amount_paid"],
            status=str(invoice["status"]),
            reason=str(invoice["billing_reason"]),
            subscription=invoice.values.get("subscription"),
            due_date=invoice.values.get("due_date"),
            tax=invoice.values.get("tax") or 0,
            added_tax=sum(one["amount"] for one in invoice.values.get("total_taxes") or [] if one["tax_behavior"] == "exclusive"),
            discount=sum(one["amount"] for one in invoice.values.get("total_discount_amounts") or []),
            assumed=invoice.assumed,
            lines=[_line(one) for one in self._store.children("line_item", "invoice", invoice.id)[::-1]],
        )


def _line(line: Record) -> BillLine:
    return BillLine(
        amount=line["amount"],
        description=line.values.get("description") or "",
        quantity=line.values.get("quantity"),
        price=line.values.get("price"),
        proration=bool(line.values.get("proration")),
        start=line["period"]["start"],
        end=line["period"]["end"],
    )


def _is_on_its_way(invoice: Record) -> bool:
    return bool(invoice["status"] == "draft" and invoice.values.get("auto_advance"))


def _may_be_bought(session: Record) -> bool:
    """Whether a customer may buy, or have bought, on a Checkout page that nobody here sees."""
    return session.values.get("mode") != "setup" and (session.values.get("status") == "open" or bool(session.values.get("lapsed")))


def _is_settled(invoice: Record) -> bool:
    if invoice["status"] in _SETTLED:
        return True
    if (invoice["attempt_count"] or 0) > 0:
        return not invoice.values.get("processing")
    if invoice["status"] == "draft":
        return not invoice.values.get("auto_advance")
    return str(invoice["collection_method"]) == "send_invoice"


def committed(call: Call, customer: Record) -> dict[str, int]:
    """What waits to be billed: invoice items, drafts, and credit (negative): the balance, and grants; minor units by currency."""
    found: Counter[str] = Counter()
    for item in call.store.children("invoiceitem", "customer", customer.id):
        if item.values.get("invoice") is None:
            found[str(item["currency"])] += int(item["amount"])
    for invoice in call.store.children("invoice", "customer", customer.id):
        if invoice["status"] == "draft":
            found[str(invoice["currency"])] += int(invoice["total"])
    for grant in credit_grants.grants_of(call, customer.id):
        found[str(grant["amount"]["monetary"]["currency"])] -= credit_grants.left(call, grant)
    balance = customer.values.get("balance") or 0
    if balance:
        found[str(customer.values.get("currency") or "usd")] += balance
    return {currency: amount for currency, amount in found.items() if amount}
