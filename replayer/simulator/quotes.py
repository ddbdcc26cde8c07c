"""Quotes: what is offered to a customer, and what accepting it makes (docs.stripe.com/quotes, Stripe API reference "Quotes").

`computed.upfront` is what the first invoice bills, `computed.recurring` what each later one does, where only coupons that hold forever
count. A quote with a recurring price becomes a subscription by the code that creates one, any other a draft invoice. Accepting one that
is to start later makes a schedule at Stripe: that is unknown here, as is a revision of another quote.
"""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.simulator import automatic_tax, discounts, first_invoice, invoicing, selling
from replayer.simulator.acting import act
from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, Page, refuse
from replayer.simulator.echo import merged_metadata
from replayer.simulator.errors import Unknown
from replayer.simulator.prices import recurs
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule
from replayer.simulator.selling import Offer, Payer

_VALID = 30 * 86400
_INERT = {"metadata": METADATA, "description": ARBITRARY, "footer": ARBITRARY, "header": ARBITRARY}
_SHOWN = (*_INERT, "application_fee_percent", "automatic_tax", "on_behalf_of", "test_clock")
_BLANK: dict[str, Any] = {
    **dict.fromkeys((
        "application", "application_fee_amount", "application_fee_percent", "customer_account", "description", "footer", "from_quote",
        "header", "invoice", "number", "on_behalf_of", "subscription", "subscription_schedule", "test_clock", "transfer_data",
    )),
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None}, "metadata": {},
    "status_transitions": dict.fromkeys(("accepted_at", "canceled_at", "finalized_at")),
}  # fmt: skip
_SETTINGS = {**dict.fromkeys(("custom_fields", "days_until_due", "description", "footer")), "issuer": {"type": "self"}}
_SUBSCRIBED: dict[str, Any] = dict.fromkeys(("description", "effective_date", "metadata", "trial_period_days"))


def create(call: Call) -> Answer:
    """Make a draft of a quote."""
    if call.params.get("from_quote"):
        raise Unknown("a revision of another quote")
    customer = call.named("customer")
    call.on_clock(customer)
    until = call.params.get("expires_at")
    fields = {
        **_BLANK,
        **inert_of(call, _SHOWN),
        **_settings(call, {}),
        "customer": customer.id if customer is not None else None,
        "expires_at": until if isinstance(until, int) else call.now + _VALID,
        "status": "draft",
    }
    offers = _offered(call)
    quote = call.create("quote", {**fields, **_worth(call, fields, offers, [])})
    quote.mark({name: "given" for name in _SHOWN if name in call.params})
    quote = _discounted(call, quote, offers)
    selling.keep(call, "quote", quote, _reduced(call, quote, offers))
    call.appoint(int(quote["expires_at"]), "expire_quote", quote)
    call.event("quote.created", quote)
    return quote


def _settings(call: Call, held: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, blank in (("invoice_settings", _SETTINGS), ("subscription_data", _SUBSCRIBED)):
        found[name] = {**blank, **(held.get(name) or {}), **(call.params.get(name) or {})}
    found["collection_method"] = call.params.get("collection_method") or held.get("collection_method") or "charge_automatically"
    rates = call.params.get("default_tax_rates", held.get("default_tax_rates"))
    return {**found, "default_tax_rates": rates or []}


def _offered(call: Call) -> list[Offer]:
    given = [entry for entry in call.params.get("line_items") or [] if isinstance(entry, dict)]
    if any(entry.get("discounts") for entry in given):
        raise Unknown("a discount on one line of a quote")
    offers = selling.offered(call, [{"quantity": 1, **entry} for entry in given])
    if len({selling.interval_of([one]) for one in offers if recurs(one.price)}) > 1:
        raise refuse("All recurring prices of a quote must have the same `interval` and `interval_count`.", param="line_items")
    return offers


def _discounted(call: Call, quote: Record, offers: list[Offer]) -> Record:
    """Write a quote's discounts, and what it then comes to; they are redeemed when it is accepted."""
    customer = call.store.get("customer", str(quote["customer"]))
    due, made, coupons = sum(one.subtotal for one in offers), [], []
    for place, spec in enumerate(call.params.get("discounts") or []):
        code, coupon = discounts.sources(call, spec, f"discounts[{place}]", customer, due)
        coupons.append(coupon)
        source = {"coupon": coupon.id, "type": "coupon"}
        owner = {"customer": quote["customer"], "promotion_code": code.id if code is not None else None}
        made.append(call.create("discount", {**owner, "coupon": coupon.id, "end": None, "source": source, "start": call.now}).id)
    return call.update(quote, {"discounts": made, **_worth(call, quote.values, offers, coupons)})


def _coupons(call: Call, quote: Record) -> list[Record]:
    return [discounts.coupon_behind(call, call.find("discount", one, "discounts")) for one in quote["discounts"]]


def _payer(call: Call, values: dict[str, Any]) -> Payer | None:
    customer = values.get("customer")
    if not automatic_tax.is_on(values):
        return None
    return Payer(call.store.first(("customer",), customer) if isinstance(customer, str) else None)


def _reduced(call: Call, quote: Record, offers: list[Offer]) -> list[Offer]:
    return selling.reduced(call, offers, _coupons(call, quote), quote["default_tax_rates"], _payer(call, quote.values))


def _worth(call: Call, values: dict[str, Any], offers: list[Offer], coupons: list[Record]) -> dict[str, Any]:
    """What a quote comes to: all lines, what is due at once, and what comes again."""
    rates, payer = values["default_tax_rates"], _payer(call, values)
    whole = selling.reduced(call, offers, coupons, rates, payer)
    trial = values["subscription_data"].get("trial_period_days")
    first = [msgspec.structs.replace(one, subtotal=0) if trial and recurs(one.price) else one for one in offers]
    again = [one for one in offers if recurs(one.price)]
    interval = selling.interval_of(again)
    recurring = None
    if interval is not None:
        forever = [one for one in coupons if one.values.get("duration") == "forever"]
        each = selling.totals(selling.reduced(call, again, forever, rates, payer))
        recurring = {**each, "interval": interval[0], "interval_count": interval[1]}
    upfront = selling.totals(selling.reduced(call, first, coupons, rates, payer))
    currency = offers[0].price["currency"] if offers else None
    return {**selling.totals(whole), "computed": {"recurring": recurring, "upfront": upfront}, "currency": currency}


def update(call: Call) -> Answer:
    """Change a draft."""
    quote = _in_status(call, ("draft",), "updated")
    customer = call.named("customer")
    changes = {**inert_of(call, _SHOWN), **_settings(call, quote.values)}
    if "metadata" in changes:
        changes["metadata"] = merged_metadata(quote.values.get("metadata"), call.params.get("metadata"))
    if customer is not None:
        changes["customer"] = customer.id
    if isinstance(call.params.get("expires_at"), int):
        changes["expires_at"] = call.params["expires_at"]
        call.appoint(changes["expires_at"], "expire_quote", quote)
    quote = call.update(quote, changes)
    quote.mark({name: "given" for name in _SHOWN if name in call.params})
    lines = "line_items" in call.params
    if lines:
        _need_new(call)
        for item in selling.items_of(call, quote):
            call.delete(item)
    offers = _offered(call) if lines else selling.again(call, quote, {})
    quote = _discounted(call, quote, offers) if "discounts" in call.params else _again(call, quote, offers)
    if lines:
        selling.keep(call, "quote", quote, _reduced(call, quote, offers))
    else:
        selling.rewrite(call, quote, _reduced(call, quote, offers))
    return quote


def _need_new(call: Call) -> None:
    if any(entry.get("id") for entry in call.params["line_items"] or []):
        raise Unknown("a quote of which some lines stay")


def _again(call: Call, quote: Record, offers: list[Offer]) -> Record:
    return call.update(quote, _worth(call, quote.values, offers, _coupons(call, quote)))


# --- its life


def _in_status(call: Call, allowed: tuple[str, ...], done: str) -> Record:
    quote = call.sure(call.at())
    if quote["status"] not in allowed:
        raise refuse(f"A quote with a status of `{quote['status']}` cannot be {done}. It must be {' or '.join(allowed)}.")
    customer = call.store.get("customer", str(quote["customer"]))
    call.on_clock(customer)
    return quote


def _moved(call: Call, quote: Record, status: str, moment: str, **changes: Any) -> Record:
    moments = {**quote["status_transitions"], moment: call.now}
    quote = call.update(quote, {**changes, "status": status, "status_transitions": moments})
    call.event(f"quote.{'finalized' if status == 'open' else status}", quote)
    return quote


def finalize(call: Call) -> Answer:
    """Finalize a draft: it has its number, and can be accepted."""
    quote = _in_status(call, ("draft",), "finalized")
    if quote["customer"] is None:
        raise refuse("A quote needs a customer to be finalized.", param="customer")
    if not selling.items_of(call, quote):
        raise refuse("A quote needs line items to be finalized.", param="line_items")
    changes: dict[str, Any] = {"number": f"QT-{str(quote['customer'])[-8:].upper()}-0001-1"}
    until = call.params.get("expires_at")
    if isinstance(until, int):
        changes["expires_at"] = until
        call.appoint(until, "expire_quote", quote)
    quote = _moved(call, quote, "open", "finalized_at", **changes)
    quote.mark({"number": "world"})
    return quote


def cancel(call: Call) -> Answer:
    """Cancel a quote that was not accepted."""
    return _moved(call, _in_status(call, ("draft", "open"), "canceled"), "canceled", "canceled_at")


def expire(call: Call, quote: Record) -> None:
    """A quote's time is over (Stripe API reference, `expires_at`: it is canceled if it is a draft or open)."""
    if quote["status"] in ("draft", "open") and quote["expires_at"] <= call.now:
        _moved(call, quote, "canceled", "canceled_at")


def accept(call: Call) -> Answer:
    """Accept an open quote: it becomes a subscription or an invoice."""
    quote = _in_status(call, ("open",), "accepted")
    if quote["subscription_data"].get("effective_date") is not None:
        raise Unknown("the schedule of a quote that is to start later")
    customer = call.sure(call.find("customer", str(quote["customer"]), "customer"))
    offers = selling.again(call, quote, {})
    made = _subscribe(call, quote, customer, offers) if selling.interval_of(offers) else _invoice(call, quote, customer, offers)
    return _moved(call, call.store.get("quote", quote.id) or quote, "accepted", "accepted_at", **made)


def _specs(call: Call, quote: Record) -> list[dict[str, Any]]:
    """The quote's discounts as what accepts them takes them."""
    found = [call.find("discount", one, "discounts") for one in quote["discounts"]]
    return [_spec(one) for one in found]


def _spec(discount: Record) -> dict[str, Any]:
    code = discount.values.get("promotion_code")
    return {"promotion_code": code} if code else {"coupon": discount["source"]["coupon"]}


def _subscribe(call: Call, quote: Record, customer: Record, offers: list[Offer]) -> dict[str, Any]:
    recurring, once = selling.ordered(offers)
    data = quote["subscription_data"]
    settings = {name: data.get(name) for name in ("billing_mode", "description", "metadata", "trial_period_days")}
    subscription = act(call, "POST /v1/subscriptions", {
        **settings,
        "add_invoice_items": once or None,
        "application_fee_percent": quote.values.get("application_fee_percent"),
        "collection_method": quote["collection_method"],
        "customer": customer.id,
        "days_until_due": quote["invoice_settings"].get("days_until_due") or (30 if quote["collection_method"] == "send_invoice" else None),
        "default_tax_rates": quote["default_tax_rates"] or None,
        "discounts": _specs(call, quote) or None,
        "items": recurring,
        "on_behalf_of": quote.values.get("on_behalf_of"),
        "transfer_data": quote.values.get("transfer_data"),
    })  # fmt: skip
    return {"subscription": subscription.id, "invoice": subscription.values.get("latest_invoice")}


def _invoice(call: Call, quote: Record, customer: Record, offers: list[Offer]) -> dict[str, Any]:
    """The draft of what is bought once."""
    due = sum(one.subtotal for one in offers)
    used = [discounts.redeem(call, spec, param="discounts", customer=customer, amount=due) for spec in _specs(call, quote)]
    entries = [{"quantity": one.quantity, "tax_rates": one.entry.get("tax_rates")} for one in offers]
    lines = [first_invoice.once(call, None, customer, one.price, entry) for one, entry in zip(offers, entries, strict=True)]
    settings = quote["invoice_settings"]
    invoice = invoicing.draft(
        call, customer, currency=str(quote["currency"]), reason="quote_accept", period=(call.now, call.now), lines=lines,
        collection_method=quote["collection_method"], days_until_due=settings.get("days_until_due"), quote=quote.id,
        default_tax_rates=quote["default_tax_rates"], discounts=[one.id for one in used], description=settings.get("description"),
        footer=settings.get("footer"), on_behalf_of=quote.values.get("on_behalf_of"),
        parent={"quote_details": {"quote": quote.id}, "subscription_details": None, "type": "quote_details"},
    )  # fmt: skip
    for line in lines:
        call.update(call.find("invoiceitem", str(line.invoice_item), "invoiceitem"), {"invoice": invoice.id})
    return {"invoice": invoice.id}


def upfront(call: Call) -> Answer:
    """The lines that are due at once: what is tried out first is not."""
    quote = call.sure(call.at(0))
    page = selling.need_items(call, quote)
    if not quote["subscription_data"].get("trial_period_days"):
        return page
    found = [one for one in page.members if not recurs(call.find("price", str(one["price"]), "price"))]
    return Page(found, page.url, has_more=page.has_more)


_MADE = ("customer", "line_items", "discounts", "default_tax_rates", "collection_method", "expires_at")
_DATA = ("subscription_data[trial_period_days]", "invoice_settings[days_until_due]")
RULES = {
    "POST /v1/quotes": Rule(create, (*_MADE, *_DATA), _INERT),
    "POST /v1/quotes/{}": Rule(update, (*_MADE, *_DATA), _INERT),
    "POST /v1/quotes/{}/finalize": Rule(finalize, ("expires_at",)),
    "POST /v1/quotes/{}/accept": Rule(accept),
    "POST /v1/quotes/{}/cancel": Rule(cancel),
    "GET /v1/quotes": Rule(None, ("customer", "status", *PAGES)),
    "GET /v1/quotes/{}": Rule(),
    "GET /v1/quotes/{}/line_items": Rule(selling.line_items, PAGES),
    "GET /v1/quotes/{}/computed_upfront_line_items": Rule(upfront, PAGES),
}
