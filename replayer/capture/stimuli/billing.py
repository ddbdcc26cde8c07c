"""Invoices handled off camera: paid on Stripe's page, credited, voided, finalised or added to in the Dashboard."""

from __future__ import annotations

from typing import Any

from replayer.capture.history import Told
from replayer.capture.stimuli.acts import UNPAID, Act, Group, bills_a_change, ref, sent


def paid(told: Told, group: Group) -> Act | None:
    """An invoice that was there was paid: on its page, or by somebody who said that it was paid elsewhere."""
    intent = group.of("payment_intent.succeeded", "payment_intent.processing")
    if bills_a_change(group):
        return None
    if intent is not None and group.scene.statuses.get(intent.about) in UNPAID:
        return None  # its intent was confirmed in the browser
    if told.object.get("paid_out_of_band"):
        return Act(about=told, path=f"/v1/invoices/{told.about}/pay", params={"paid_out_of_band": "true"})
    payment = group.of("charge.succeeded") or intent
    method = ref(payment.object.get("payment_method")) if payment is not None else None
    return Act(about=told, path=f"/v1/invoices/{told.about}/pay", params=sent([("payment_method", method)]))


def credited(told: Told, group: Group) -> Act:
    """A credit note was issued."""
    note = told.object
    listed = (note.get("lines") or {}).get("data") if isinstance(note.get("lines"), dict) else None
    lines = [_line(line) for line in listed or [] if isinstance(line, dict)]
    given = [
        ("invoice", ref(note.get("invoice"))), ("reason", note.get("reason")), ("memo", note.get("memo")),
        ("lines", [line for line in lines if line] or None), ("amount", None if lines else note.get("amount")),
        ("out_of_band_amount", note.get("out_of_band_amount")), ("credit_amount", _to_balance(note)), ("refund_amount", _refunded(note)),
    ]  # fmt: skip
    return Act(about=told, path="/v1/credit_notes", params=sent(given))


def _line(line: dict[str, Any]) -> dict[str, Any] | None:
    if line.get("type") == "invoice_line_item" and line.get("invoice_line_item"):
        return {"type": "invoice_line_item", "invoice_line_item": line["invoice_line_item"], "amount": str(line.get("amount"))}
    if line.get("type") == "custom_line_item":
        return {
            "type": "custom_line_item", "description": str(line.get("description")), "quantity": str(line.get("quantity") or 1),
            "unit_amount": str(line.get("unit_amount")),
        }  # fmt: skip
    return None


def _to_balance(note: dict[str, Any]) -> Any:
    return note.get("total") if note.get("customer_balance_transaction") else None


def _refunded(note: dict[str, Any]) -> Any:
    return note.get("total") if note.get("refund") or note.get("refunds") else None


def voided(told: Told, group: Group) -> Act:
    """An invoice was voided."""
    return Act(about=told, path=f"/v1/invoices/{told.about}/void")


def given_up(told: Told, group: Group) -> Act:
    """An invoice was marked as uncollectible."""
    return Act(about=told, path=f"/v1/invoices/{told.about}/mark_uncollectible")


def finalized(told: Told, group: Group) -> Act:
    """A draft was finalised."""
    return Act(about=told, path=f"/v1/invoices/{told.about}/finalize")


def item_added(told: Told, group: Group) -> Act:
    """An item was added, to the next invoice or to a draft."""
    item = told.object
    if item.get("proration"):
        return Act(about=told, why="a proration came of what somebody else did, which is not told")
    given = [
        ("customer", ref(item.get("customer"))), ("invoice", ref(item.get("invoice"))), ("currency", item.get("currency")),
        ("amount", item.get("amount")), ("description", item.get("description")), ("metadata", item.get("metadata")),
        ("subscription", ref(item.get("subscription"))),
    ]  # fmt: skip
    return Act(about=told, path="/v1/invoiceitems", params=sent(given), shown=False)


def item_taken(told: Told, group: Group) -> Act:
    """An item that waited was deleted."""
    return Act(about=told, method="DELETE", path=f"/v1/invoiceitems/{told.about}", shown=False)
