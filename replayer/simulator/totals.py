"""An invoice's totals: lines, then discounts, then tax (docs.stripe.com/invoicing/taxes, "Discounts and taxes").

`subtotal` = Σ lines − discounts of their own; `total` = subtotal − the invoice's discounts + exclusive tax. Every line's share of a
discount and every tax is rounded by itself, and sums are sums of what was rounded.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import automatic_tax, discounts, tax
from replayer.simulator.calls import Call
from replayer.simulator.records import Record
from replayer.simulator.tax import Tax


def lines_of(call: Call, invoice: Record) -> list[Record]:
    """An invoice's lines, in their order."""
    return call.store.children("line_item", "invoice", invoice.id)[::-1]


def compute(call: Call, invoice: Record) -> Record:
    """Write an invoice's totals, and its lines' discounts and taxes, anew."""
    lines = lines_of(call, invoice)
    shares = _shares(call, invoice, lines)
    own, whole, credited, taxes = 0, 0, 0, []
    for line, found in zip(lines, shares, strict=True):
        of_line = set(line.values.get("discounts") or [])
        own += sum(amount for name, amount in found if name in of_line)
        whole += sum(amount for _, amount in found)
        credited += _credit(line)
        here = _taxes(call, invoice, line, line["amount"] - sum(amount for _, amount in found) - _credit(line))
        taxes.extend(here)
        _write(call, line, found, here)
    amount = sum(line["amount"] for line in lines)
    inclusive = sum(one.amount for one in taxes if one.inclusive)
    exclusive = sum(one.amount for one in taxes if not one.inclusive)
    total = amount - whole - credited + exclusive
    summed = tax.shown(tax.summed(taxes))
    given = _by_discount(shares)
    balance = _balance(call, invoice)
    if automatic_tax.is_on(invoice.values):
        judged = {"provider": "stripe", "status": "complete", "disabled_reason": None}
        invoice = call.update(invoice, {"automatic_tax": {**invoice["automatic_tax"], **judged}})
    return call.update(
        invoice,
        {
            **_due(invoice, total, balance),
            "subtotal": amount - own,
            "subtotal_excluding_tax": amount - own - inclusive,
            "tax": inclusive + exclusive if taxes else None,
            "total": total,
            "total_discount_amounts": given,
            "total_excluding_tax": total - inclusive - exclusive,
            "total_pretax_credit_amounts": _pretax(given, *(line.values.get("credits") or [] for line in lines)),
            "total_tax_amounts": summed["tax_amounts"],
            "total_taxes": summed["taxes"],
        },
    )


def _due(invoice: Record, total: int, balance: int) -> dict[str, Any]:
    """What is to be paid: the total, less the customer's credit or with what the customer owes."""
    due = max(0, total + balance) if total > 0 else 0
    paid = invoice.values.get("amount_paid") or 0
    return {"amount_due": due, "amount_remaining": max(0, due - paid), "starting_balance": balance}


def _balance(call: Call, invoice: Record) -> int:
    """The customer's balance before the invoice: negative is credit."""
    customer = call.store.first(("customer",), str(invoice["customer"]))
    found = customer.values.get("balance") if customer is not None else 0
    return found if isinstance(found, int) else 0


Share = list[tuple[str, int]]  # what each discount takes off a line


def _shares(call: Call, invoice: Record, lines: list[Record]) -> list[Share]:
    """What each discount takes off each line: the line's own first, then the invoice's, each from what is left."""
    left = [line["amount"] for line in lines]
    shares: list[Share] = [[] for _ in lines]
    currency = str(invoice["currency"])
    at = invoice["created"]
    for place, line in enumerate(lines):
        for discount in discounts.active(call, line.values.get("discounts"), at):
            (taken,) = discounts.off(discounts.coupon_behind(call, discount), currency, [left[place]])
            left[place] -= taken
            shares[place].append((discount.id, taken))
    for discount in discounts.active(call, invoice.values.get("discounts"), at):
        coupon = discounts.coupon_behind(call, discount)
        open_ = [place for place, line in enumerate(lines) if _takes(line, coupon)]
        for place, taken in zip(open_, discounts.off(coupon, currency, [left[place] for place in open_]), strict=True):
            left[place] -= taken
            if taken or not line_is_trial(lines[place]):
                shares[place].append((discount.id, taken))
    return shares


def _takes(line: Record, coupon: Record) -> bool:
    pricing = line.values.get("pricing")
    product = pricing["price_details"]["product"] if isinstance(pricing, dict) else None
    return bool(line.values.get("discountable", True)) and discounts.applies(coupon, product)


def line_is_trial(line: Record) -> bool:
    """Whether a line bills nothing."""
    return not line["amount"]


def _taxes(call: Call, invoice: Record, line: Record, amount: int) -> list[Tax]:
    """The taxes on what a line comes to: by its own rates, else as Stripe judges where that was asked for, else by the invoice's rates."""
    if line.values.get("tax_rates") or not automatic_tax.is_on(invoice.values):
        return tax.on(call, _rates(invoice, line), amount)
    customer = call.store.first(("customer",), str(invoice["customer"]))
    price = line.values.get("price")
    sold = call.store.first(("price", "plan"), price) if isinstance(price, str) else None
    product = sold.values.get("product") if sold is not None else None
    return automatic_tax.on(call, customer, sold, product, amount, int(invoice["created"]))


def _rates(invoice: Record, line: Record) -> list[str]:
    return [rate for rate in line.values.get("tax_rates") or invoice.values.get("default_tax_rates") or [] if isinstance(rate, str)]


def _write(call: Call, line: Record, share: Share, taxes: list[Tax]) -> None:
    given = [{"amount": amount, "discount": name} for name, amount in share]
    net = line["amount"] - sum(amount for _, amount in share) - _credit(line)
    changes = {
        "amount_excluding_tax": net - sum(one.amount for one in taxes if one.inclusive),
        "discount_amounts": given,
        "pretax_credit_amounts": _pretax(given, line.values.get("credits") or []),
        **tax.shown(taxes),
    }
    quantity = line.values.get("quantity")
    excluding = changes["amount_excluding_tax"]
    changes["unit_amount_excluding_tax"] = str(excluding // quantity) if quantity and excluding % quantity == 0 else None
    call.store.writable(line).assign(changes, "computed")


def _by_discount(shares: list[Share]) -> list[dict[str, Any]]:
    found: dict[str, int] = {}
    for share in shares:
        for name, amount in share:
            found[name] = found.get(name, 0) + amount
    return [{"amount": amount, "discount": name} for name, amount in found.items()]


def _credit(line: Record) -> int:
    """What billing credits pay of a line (credit_grants.py)."""
    return sum(int(one["amount"]) for one in line.values.get("credits") or [])


def _pretax(given: list[dict[str, Any]], *credits_: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kind = "credit_balance_transaction"
    return [*({**one, "type": kind} for found in credits_ for one in found), *({**one, "type": "discount"} for one in given)]
