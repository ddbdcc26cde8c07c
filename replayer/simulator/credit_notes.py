"""Credit notes: what takes back a finalized invoice, whole or in part (docs.stripe.com/invoicing/integration/programmatic-credit-notes).

A credit note first takes down what remains to be paid of its invoice, never below zero (`pre_payment_amount`); what is more was paid
already, and is refunded, put to the customer's balance, or given back outside Stripe: the three must add up to it (API reference, "Create a
credit note"). Lines take the invoice line's own discounts and taxes with them, by their share of the line.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from replayer.simulator import automatic_tax, balances, invoicing, tax
from replayer.simulator.calls import Answer, Call, Page, refuse
from replayer.simulator.collecting import intent_of
from replayer.simulator.errors import ApiError, Unknown, missing_parameter
from replayer.simulator.generic import write
from replayer.simulator.lists import list_page
from replayer.simulator.prices import rounded
from replayer.simulator.records import Record
from replayer.simulator.refunds import give_back
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, REASON, Rule

_SHOWN = ("memo", "metadata", "reason", "effective_at")
_NOTHING: dict[str, Any] = dict.fromkeys(("customer_balance_transaction", "memo", "reason", "refund", "shipping_cost", "voided_at"))


def create(call: Call) -> Answer:
    """Issue a credit note, and do with the money what it says."""
    invoice = call.named("invoice")
    if invoice is None:
        raise missing_parameter("invoice")
    call.on_clock(invoicing.renew_owner(call, invoice))
    invoice = call.sure(invoice)
    if invoice["status"] not in ("open", "paid", "uncollectible"):
        raise refuse(f"Invoice {invoice.id} is not finalized: credit notes are for finalized invoices only.", param="invoice")
    if automatic_tax.is_on(invoice.values):
        raise Unknown("what a credit note takes back of automatic tax")
    lines = _lines(call, invoice)
    sums = _sums(call, lines)
    total = sums["total"]
    _need_room(invoice, total)
    before = min(total, invoice["amount_remaining"]) if invoice["status"] != "paid" else 0
    after = total - before
    ways = _ways(call, after)
    note = call.create(
        "credit_note", {**_NOTHING, **_head(call, invoice), **sums, "pre_payment_amount": before, "post_payment_amount": after}
    )
    note.mark({name: "given" for name in ("memo", "metadata", "reason") if name in call.params})
    note.mark({"number": "world", "pdf": "world"})
    for line in lines:
        call.create("credit_note_line_item", {**line, "credit_note": note.id})
    note = _give(call, note, invoice, ways)
    call.event("credit_note.created", note)
    _take_down(call, invoice, before, after)
    return call.store.get("credit_note", note.id) or note


def _head(call: Call, invoice: Record) -> dict[str, Any]:
    count = len(call.store.children("credit_note", "invoice", invoice.id))
    shown = {name: call.params[name] for name in _SHOWN if call.params.get(name) is not None}
    return {
        "amount_shipping": 0,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "effective_at": call.now,
        "invoice": invoice.id,
        "metadata": {},
        "number": f"{invoice['number']}-CN-{count + 1:02d}",
        "out_of_band_amount": None,
        "pdf": f"https://pay.stripe.com/credit_notes/{invoice.id}/{count + 1}/pdf",
        "refunds": [],
        "status": "issued",
        "type": "pre_payment" if invoice["status"] == "open" else "post_payment",
        **shown,
    }


# --- what is credited


def _lines(call: Call, invoice: Record) -> list[dict[str, Any]]:
    given, amount = call.params.get("lines"), call.params.get("amount")
    if isinstance(given, list) and given:
        return [_line(call, invoice, entry, f"lines[{place}]") for place, entry in enumerate(given) if isinstance(entry, dict)]
    if not isinstance(amount, int):
        raise ApiError("You must provide one of `amount`, `lines`, or `shipping_cost`.", code="parameter_missing", param="amount")
    if amount <= 0:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    return [_custom("", amount, 1, amount, [])]


def _line(call: Call, invoice: Record, entry: dict[str, Any], param: str) -> dict[str, Any]:
    if entry.get("type") == "custom_line_item":
        unit, quantity = entry.get("unit_amount"), entry.get("quantity")
        if not isinstance(unit, int):
            raise missing_parameter(f"{param}[unit_amount]")
        count = quantity if isinstance(quantity, int) else 1
        rates = [rate for rate in entry.get("tax_rates") or [] if isinstance(rate, str)]
        return {**_custom(str(entry.get("description") or ""), unit * count, count, unit, rates), **_taxed(call, rates, unit * count)}
    line = call.find("line_item", str(entry.get("invoice_line_item") or ""), f"{param}[invoice_line_item]")
    if line.values.get("invoice") != invoice.id:
        raise refuse(f"No such invoice line item: '{line.id}'", code="resource_missing", param=f"{param}[invoice_line_item]")
    amount, quantity = _credited(line, entry, param)
    share = Fraction(amount, line["amount"]) if line["amount"] else Fraction(0)
    given = [{**one, "amount": rounded(one["amount"] * share)} for one in line.values.get("discount_amounts") or []]
    rates = [one["tax_rate"] for one in line.values.get("tax_amounts") or []]
    off = sum(one["amount"] for one in given)
    return {
        "amount": amount,
        "description": line.values.get("description"),
        "discount_amount": off,
        "discount_amounts": given,
        "invoice_line_item": line.id,
        "metadata": {},
        "pretax_credit_amounts": [{**one, "type": "discount"} for one in given],
        "quantity": quantity,
        "tax_rates": rates,
        "type": "invoice_line_item",
        "unit_amount": None,
        "unit_amount_decimal": None,
        **_taxed(call, rates, amount - off),
    }


def _credited(line: Record, entry: dict[str, Any], param: str) -> tuple[int, int | None]:
    """How much of a line is credited: an amount, a quantity of it, or all."""
    amount, quantity, had = entry.get("amount"), entry.get("quantity"), line.values.get("quantity")
    if isinstance(amount, int):
        found: tuple[int, int | None] = amount, None
    elif isinstance(quantity, int) and isinstance(had, int) and had:
        found = rounded(Fraction(line["amount"] * quantity, had)), quantity
    else:
        found = line["amount"], had
    if abs(found[0]) > abs(line["amount"]):
        raise refuse("The credit note line item amount cannot exceed the amount of the invoice line item.", param=f"{param}[amount]")
    return found


def _custom(description: str, amount: int, quantity: int, unit: int, rates: list[str]) -> dict[str, Any]:
    return {
        "amount": amount, "description": description, "discount_amount": 0, "discount_amounts": [], "invoice_line_item": None,
        "metadata": {}, "pretax_credit_amounts": [], "quantity": quantity, "tax_rates": rates, "type": "custom_line_item",
        "unit_amount": unit, "unit_amount_decimal": str(unit), "tax_amounts": [], "taxes": [],
    }  # fmt: skip


def _taxed(call: Call, rates: list[str], amount: int) -> dict[str, Any]:
    return tax.shown(tax.on(call, rates, amount))


def _sums(call: Call, lines: list[dict[str, Any]]) -> dict[str, Any]:
    subtotal, off = sum(line["amount"] for line in lines), sum(line["discount_amount"] for line in lines)
    taxes = [one for line in lines for one in tax.on(call, line["tax_rates"], line["amount"] - line["discount_amount"])]
    inside = sum(one.amount for one in taxes if one.inclusive)
    total = subtotal - off + sum(one.amount for one in taxes if not one.inclusive)
    summed = tax.shown(tax.summed(taxes))
    given: dict[str, int] = {}
    for line in lines:
        for one in line["discount_amounts"]:
            given[one["discount"]] = given.get(one["discount"], 0) + one["amount"]
    off_each = [{"amount": amount, "discount": name} for name, amount in given.items()]
    return {
        "amount": total,
        "discount_amount": off,
        "discount_amounts": off_each,
        "pretax_credit_amounts": [{**one, "type": "discount"} for one in off_each],
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - inside,
        "tax_amounts": summed["tax_amounts"],
        "total": total,
        "total_excluding_tax": total - sum(one.amount for one in taxes),
        "total_taxes": summed["taxes"],
    }


def _need_room(invoice: Record, total: int) -> None:
    """No more can be credited than the invoice was for."""
    before = (invoice.values.get("pre_payment_credit_notes_amount") or 0) + (invoice.values.get("post_payment_credit_notes_amount") or 0)
    if total > invoice["total"] - before:
        raise refuse("The sum of credit notes cannot exceed the amount of the invoice.", param="amount")


# --- where it goes


def _ways(call: Call, after: int) -> dict[str, Any]:
    """What is refunded, put to the balance, and given back outside Stripe; together all that was paid already."""
    ways = {name: call.params[name] for name in ("refund_amount", "credit_amount", "out_of_band_amount") if call.params.get(name)}
    linked = _linked(call)
    given = sum(int(amount) for amount in ways.values()) + sum(amount for _, amount in linked)
    if given != after:
        raise refuse(
            f"The sum of refunds, customer balance credits and out of band amounts ({given}) must equal the post payment amount ({after}).",
            param="refund_amount" if not ways else next(iter(ways)),
        )
    return {**ways, "linked": linked}


def _linked(call: Call) -> list[tuple[Record, int]]:
    """Refunds that were made already and are now explained."""
    entries = call.params.get("refunds")
    named = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    if isinstance(call.params.get("refund"), str):
        named = [{"refund": call.params["refund"]}]
    found = []
    for entry in named:
        refund = call.find("refund", str(entry.get("refund") or ""), "refund")
        amount = entry.get("amount_refunded")
        found.append((refund, amount if isinstance(amount, int) else int(refund["amount"])))
    return found


def _give(call: Call, note: Record, invoice: Record, ways: dict[str, Any]) -> Record:
    changes: dict[str, Any] = {"out_of_band_amount": ways.get("out_of_band_amount")}
    refunds = list(ways["linked"])
    if ways.get("refund_amount"):
        charge = invoice.values.get("charge")
        if not isinstance(charge, str):
            raise refuse("There is no charge on this invoice to refund.", param="refund_amount")
        refunds.append((give_back(call, call.find("charge", charge, "charge"), ways["refund_amount"], {}), ways["refund_amount"]))
    if ways.get("credit_amount"):
        customer, currency = invoicing.renew_owner(call, invoice), str(invoice["currency"])
        entry = balances.change(call, customer, -ways["credit_amount"], "credit_note", currency, credit_note=note.id, invoice=invoice.id)
        changes["customer_balance_transaction"] = entry.id
    shown = [{"amount_refunded": amount, "payment_record_refund": None, "refund": one.id, "type": "refund"} for one, amount in refunds]
    return call.update(note, {**changes, "refunds": shown, "refund": shown[0]["refund"] if shown else None})


def _take_down(call: Call, invoice: Record, before: int, after: int) -> None:
    """Lower what remains of the invoice; one of which nothing remains is paid."""
    changes = {
        "amount_due": invoice["amount_due"] - before,
        "amount_remaining": invoice["amount_remaining"] - before,
        "post_payment_credit_notes_amount": (invoice.values.get("post_payment_credit_notes_amount") or 0) + after,
        "pre_payment_credit_notes_amount": (invoice.values.get("pre_payment_credit_notes_amount") or 0) + before,
    }
    invoice = call.update(invoice, changes)
    call.event("invoice.updated", invoice)
    intent = intent_of(call, invoice) if before else None
    if intent is not None and intent["status"] not in ("succeeded", "canceled"):
        left = {"amount": invoice["amount_remaining"]} if invoice["amount_remaining"] else {"status": "canceled", "canceled_at": call.now}
        call.update(intent, left)
    if before and invoice["amount_remaining"] == 0:
        invoicing.settle(call, invoice)


def void(call: Call) -> Answer:
    """Take a credit note back: what it took down remains to be paid again."""
    note = call.sure(call.at())
    if note["status"] == "void":
        raise refuse("This credit note has already been voided.")
    invoice = call.find("invoice", str(note["invoice"]), "invoice")
    if note["post_payment_amount"] or invoice["status"] != "open":
        raise refuse("You can only void credit notes of open invoices.")
    before = note["pre_payment_amount"]
    changes = {name: invoice[name] + before for name in ("amount_due", "amount_remaining")}
    call.update(invoice, {**changes, "pre_payment_credit_notes_amount": invoice["pre_payment_credit_notes_amount"] - before})
    intent = intent_of(call, invoice)
    if intent is not None:
        call.update(intent, {"amount": changes["amount_remaining"]})
    note = call.update(note, {"status": "void", "voided_at": call.now})
    call.event("credit_note.voided", note)
    return note


def _previewed(call: Call) -> tuple[Call, Record]:
    inner = call.tried()
    made = create(inner)
    assert isinstance(made, Record)
    return inner, made


def preview(call: Call) -> Answer:
    """Show the credit note that would be made."""
    inner, note = _previewed(call)
    found = Record("credit_note", note.id, note.values, marks=note.marks)
    found.held = {"lines": _lines_of(inner, note)}
    return found


def preview_lines(call: Call) -> Answer:
    """The lines of the credit note that would be made."""
    inner, note = _previewed(call)
    return Page(_lines_of(inner, note), call.request.path)


def _lines_of(call: Call, note: Record) -> list[Record]:
    return call.store.children("credit_note_line_item", "credit_note", note.id)[::-1]


def lines(call: Call) -> Answer:
    """The lines of a credit note, in their order."""
    note = call.at()
    return list_page(call, [("credit_note", note.id)])


_COMPUTED = ("invoice", "amount", "lines", "refund_amount", "credit_amount", "out_of_band_amount")
_INERT = {"memo": ARBITRARY, "metadata": METADATA, "reason": REASON}
RULES = {
    "POST /v1/credit_notes": Rule(create, _COMPUTED, _INERT),
    "POST /v1/credit_notes/{}": Rule(write, (), {"memo": ARBITRARY, "metadata": METADATA}),
    "POST /v1/credit_notes/{}/void": Rule(void),
    "GET /v1/credit_notes/preview": Rule(preview, _COMPUTED, _INERT),
    "GET /v1/credit_notes/preview/lines": Rule(preview_lines, _COMPUTED, _INERT),
    "GET /v1/credit_notes/{}": Rule(),
    "GET /v1/credit_notes/{}/lines": Rule(lines, PAGES),
    "GET /v1/credit_notes": Rule(None, ("customer", "invoice", "created", *PAGES)),
}
