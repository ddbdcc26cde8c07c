"""Billing credits: grants, what is applied of them to invoices, and what is left.

docs.stripe.com/billing/subscriptions/usage-based/billing-credits. Credits are applied when an invoice is finalized, after discounts and
before tax, to lines of a subscription whose price has a meter and is in a grant's scope and currency. Of several grants comes first: the
smaller priority, then the earlier expiry, promotional before paid, the earlier effective date, the older one. A voided invoice gives them
back.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import totals
from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import ApiError, Unknown, missing_parameter
from replayer.simulator.generic import write
from replayer.simulator.prices import recurring_of
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule

GRANT, ENTRY = "billing.credit_grant", "billing.credit_balance_transaction"
_PRIORITY = 50
_INERT = {"metadata": METADATA, "name": ARBITRARY}


def create(call: Call) -> Answer:
    """Grant credit to a customer."""
    if call.params.get("customer_account"):
        raise Unknown("billing credits of an account as a customer")
    customer = call.named("customer")
    if customer is None:
        raise missing_parameter("customer")
    call.on_clock(customer)
    currency, value = _amount(call)
    start, end = call.params.get("effective_at") or call.now, call.params.get("expires_at")
    if isinstance(end, int) and end <= max(call.now, int(start)):
        raise refuse("`expires_at` must be in the future and after `effective_at`.", param="expires_at")
    priority = call.params.get("priority")
    if isinstance(priority, int) and not 0 <= priority <= 100:
        raise refuse("`priority` must be from 0 to 100.", param="priority")
    grant = call.create(
        GRANT,
        {
            "amount": _monetary(currency, value), "applicability_config": {"scope": _scope(call)},
            "category": call.params.get("category") or "paid",
            "customer": customer.id, "customer_account": None, "effective_at": start, "expires_at": end, "metadata": {}, "name": None,
            "priority": _PRIORITY if priority is None else priority, "test_clock": customer.values.get("test_clock"), "updated": call.now,
            "voided_at": None, **inert_of(call, _INERT),
        },
    )  # fmt: skip
    grant.mark({name: "given" for name in _INERT if name in call.params})
    call.event("billing.credit_grant.created", grant)
    _enter(call, grant, value, {"credits_application_invoice_voided": None, "type": "credits_granted"}, granted=True)
    return grant


def _amount(call: Call) -> tuple[str, int]:
    amount = call.params.get("amount")
    monetary = amount.get("monetary") if isinstance(amount, dict) else None
    if not isinstance(monetary, dict) or not monetary.get("currency"):
        raise missing_parameter("amount[monetary]")
    value = monetary.get("value")
    if not isinstance(value, int) or value < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount[monetary][value]")
    return str(monetary["currency"]).lower(), value


def _monetary(currency: str, value: int) -> dict[str, Any]:
    return {"monetary": {"currency": currency, "value": value}, "type": "monetary"}


def _scope(call: Call) -> dict[str, Any]:
    config = call.params.get("applicability_config")
    scope = config.get("scope") if isinstance(config, dict) else None
    if not isinstance(scope, dict):
        raise missing_parameter("applicability_config")
    if scope.get("billable_items"):
        raise Unknown("billing credits for billable items")
    named = [entry.get("id") for entry in scope.get("prices") or [] if isinstance(entry, dict)]
    for place, identifier in enumerate(named):
        price = call.find("price", str(identifier), f"applicability_config[scope][prices][{place}][id]")
        if not _has_meter(price):
            raise refuse(
                "Billing credits can only be scoped to metered prices that have a meter.", param="applicability_config[scope][prices]"
            )
    if not named and scope.get("price_type") != "metered":
        raise missing_parameter("applicability_config[scope][price_type]")
    return {"prices": [{"id": name} for name in named]} if named else {"price_type": "metered"}


def _has_meter(price: Record) -> bool:
    recurring = price.values.get("recurring")
    return isinstance(recurring, dict) and recurring_of(price)[2] == "metered" and bool(recurring.get("meter"))


def _enter(call: Call, grant: Record, value: int, more: dict[str, Any], *, granted: bool) -> Record:
    """Write what is added to a grant, or taken of it."""
    kind = "credit" if granted else "debit"
    values = {
        "credit": None, "credit_grant": grant.id, "customer": grant["customer"], "debit": None,
        "effective_at": max(call.now, grant["effective_at"]),
        "test_clock": grant.values.get("test_clock"), "type": kind, kind: {"amount": _monetary(_currency(grant), value), **more},
    }  # fmt: skip
    entry = call.create(ENTRY, values)
    call.event("billing.credit_balance_transaction.created", entry)
    return entry


def _currency(grant: Record) -> str:
    return str(grant["amount"]["monetary"]["currency"])


def _value(entry: Record) -> int:
    """What an entry adds to its grant; negative where it takes."""
    kind = str(entry["type"])
    value = int(entry[kind]["amount"]["monetary"]["value"])
    return value if kind == "credit" else -value


def left(call: Call, grant: Record, currency: str | None = None) -> int:
    """What is left of a grant, 0 once it is voided or expired, or in another currency."""
    if grant.values.get("voided_at") is not None or (grant["expires_at"] is not None and grant["expires_at"] <= call.now):
        return 0
    if currency is not None and _currency(grant) != currency:
        return 0
    entries = call.store.children(ENTRY, "customer", str(grant["customer"]))
    return sum(_value(entry) for entry in entries if entry["credit_grant"] == grant.id)


def grants_of(call: Call, customer: str) -> list[Record]:
    """A customer's grants, in the order in which they are used."""
    found = call.store.children(GRANT, "customer", customer)
    never = 1 << 62
    return sorted(found, key=lambda one: (
        one["priority"], one["expires_at"] or never, one["category"] != "promotional", one["effective_at"], one["created"], one.sequence,
    ))  # fmt: skip


# --- applied to invoices


def apply(call: Call, invoice: Record) -> Record:
    """Take what may be taken of the customer's grants off an invoice that is being finalized."""
    currency = str(invoice["currency"])
    grants = [(one, left(call, one, currency)) for one in grants_of(call, str(invoice["customer"])) if one["effective_at"] <= call.now]
    grants = [(one, amount) for one, amount in grants if amount > 0]
    lines = totals.lines_of(call, invoice) if grants else []
    open_ = _open(call, lines)
    taken: dict[str, list[dict[str, Any]]] = {}
    for grant, amount in grants:
        for line in lines:
            part = min(amount, open_.get(line.id, 0)) if _covers(grant, line) else 0
            if part > 0:
                amount, open_[line.id] = amount - part, open_[line.id] - part
                applied = {"credits_applied": {"invoice": invoice.id, "invoice_line_item": line.id}, "type": "credits_applied"}
                entry = _enter(call, grant, part, applied, granted=False)
                taken.setdefault(line.id, []).append({"amount": part, "credit_balance_transaction": entry.id})
    if not taken:
        return invoice
    for line in lines:
        call.store.writable(line).assign({"credits": taken.get(line.id, [])})
    return totals.compute(call, invoice)


def _open(call: Call, lines: list[Record]) -> dict[str, int]:
    """What credits may still pay of each line: of an item no more than all its lines come to."""
    sold: dict[str, int] = {}
    for line in lines:
        sold[_item(line)] = sold.get(_item(line), 0) + _net(line)
    found = {}
    for line in lines:
        found[line.id] = max(0, min(_net(line), sold[_item(line)])) if _eligible(call, line) else 0
        sold[_item(line)] -= found[line.id]
    return found


def _item(line: Record) -> str:
    return str(line.values.get("subscription_item") or line.id)


def _net(line: Record) -> int:
    """What a line comes to after discounts."""
    return int(line["amount"]) - sum(int(one["amount"]) for one in line.values.get("discount_amounts") or [])


def _eligible(call: Call, line: Record) -> bool:
    price = call.store.get("price", str(line.values.get("price")))
    return bool(line.values.get("subscription_item")) and price is not None and _has_meter(price)


def _covers(grant: Record, line: Record) -> bool:
    prices = grant["applicability_config"]["scope"].get("prices")
    return not prices or line.values.get("price") in {entry["id"] for entry in prices}


def on_voided(call: Call, invoice: Record) -> None:
    """Give back to the grants what a voided invoice had of them."""
    for entry in call.store.children(ENTRY, "customer", str(invoice["customer"]))[::-1]:
        applied = (entry.values.get("debit") or {}).get("credits_applied")
        if isinstance(applied, dict) and applied["invoice"] == invoice.id:
            grant = call.find(GRANT, str(entry["credit_grant"]), "credit_grant")
            more = {"credits_application_invoice_voided": applied, "type": "credits_application_invoice_voided"}
            _enter(call, grant, -_value(entry), more, granted=True)


# --- calls about them


def update(call: Call) -> Answer:
    """Change when a grant ends."""
    grant = call.at()
    end = call.params.get("expires_at", ...)
    if isinstance(end, int) and end <= max(call.now, grant["effective_at"]):
        raise refuse("`expires_at` must be in the future and after `effective_at`.", param="expires_at")
    shown, params = {name: value for name, value in call.params.items() if name == "metadata"}, call.params
    call.params = shown
    written = write(call)
    call.params = params
    assert isinstance(written, Record)
    changes = {"expires_at": end} if end is not ... else {}
    return _told(call, call.update(written, {**changes, "updated": call.now}))


def _told(call: Call, grant: Record) -> Record:
    call.event("billing.credit_grant.updated", grant)
    return grant


def expire(call: Call) -> Answer:
    """End a grant now."""
    grant = call.at()
    if not left(call, grant):
        raise refuse("This credit grant has no credit left that could expire.")
    return _told(call, call.update(grant, {"expires_at": call.now, "updated": call.now}))


def void(call: Call) -> Answer:
    """Take a grant back of which nothing is used."""
    grant = call.at()
    if grant["voided_at"] is not None or left(call, grant) != grant["amount"]["monetary"]["value"]:
        raise refuse("Only a credit grant of which nothing is used can be voided.")
    return _told(call, call.update(grant, {"voided_at": call.now, "updated": call.now}))


def summary(call: Call) -> Answer:
    """What a customer has left, by currency: of one grant, or of those that a scope covers."""
    customer = call.named("customer")
    if customer is None:
        raise missing_parameter("customer")
    call.on_clock(customer)
    wanted = call.params.get("filter")
    if not isinstance(wanted, dict) or not wanted.get("type"):
        raise missing_parameter("filter[type]")
    grants = grants_of(call, customer.id)
    if wanted["type"] == "credit_grant":
        grants = [call.find(GRANT, str(wanted.get("credit_grant")), "filter[credit_grant]")]
    else:
        scope = wanted.get("applicability_scope") or {}
        named = {entry.get("id") for entry in scope.get("prices") or [] if isinstance(entry, dict)}
        grants = [one for one in grants if _in_scope(one, named)]
    ledger: dict[str, int] = {}
    ready: dict[str, int] = {}
    for one in grants:
        currency, amount = _currency(one), left(call, one)
        ledger[currency] = ledger.get(currency, 0) + amount
        ready[currency] = ready.get(currency, 0) + (amount if one["effective_at"] <= call.now else 0)
    balances = [{"available_balance": _monetary(name, ready[name]), "ledger_balance": _monetary(name, ledger[name])} for name in ledger]
    values = {"object": "billing.credit_balance_summary", "balances": balances, "customer": customer.id, "livemode": False}
    return Record("billing.credit_balance_summary", "", {**values, "customer_account": None})


def _in_scope(grant: Record, named: set[Any]) -> bool:
    """Whether a grant has a scope: all metered prices, or one of those that are named."""
    prices = {entry["id"] for entry in grant["applicability_config"]["scope"].get("prices") or []}
    return not prices if not named else bool(prices & named)


_SCOPE = ("applicability_config[scope][prices]", "applicability_config[scope][price_type]")
RULES = {
    "POST /v1/billing/credit_grants": Rule(
        create, ("amount", *_SCOPE, "category", "customer", "effective_at", "expires_at", "priority"), _INERT
    ),
    "POST /v1/billing/credit_grants/{}": Rule(update, ("expires_at",), {"metadata": METADATA}),
    "POST /v1/billing/credit_grants/{}/expire": Rule(expire),
    "POST /v1/billing/credit_grants/{}/void": Rule(void),
    "GET /v1/billing/credit_grants/{}": Rule(),
    "GET /v1/billing/credit_grants": Rule(None, ("customer", *PAGES)),
    "GET /v1/billing/credit_balance_summary": Rule(summary, ("customer", "filter")),
    "GET /v1/billing/credit_balance_transactions": Rule(None, ("customer", "credit_grant", *PAGES)),
    "GET /v1/billing/credit_balance_transactions/{}": Rule(),
}
