"""The simulator decides by the world what nobody can compute, and computes what follows."""

from __future__ import annotations

import msgspec
import pytest

from replayer.model import World
from replayer.model.world import Account, ExchangeRate, Fee, TaxRate
from replayer.simulator import Simulator
from tests.make import T0
from tests.simulator.conftest import VERSION
from tests.simulator.conftest import Account as Client
from tests.worlds import BASELINE, CARD, CUSTOMER, FEES, GERMAN, PRICE, TODAY, answers

DAY = 86400
LEGACY = "2022-11-15"


def shop(world, *, version=VERSION, **customer):
    """A client of a simulator in a world, whose customer differs in some fields."""
    simulator = Simulator(T0, world)
    simulator.lay(msgspec.structs.replace(one, state={**one.state, **customer}) if one.object == "customer" else one for one in BASELINE)
    return Client(simulator, version)


def pay(client, amount=2000, **more):
    given = {
        "amount": str(amount),
        "currency": "usd",
        "customer": CUSTOMER,
        "payment_method": CARD,
        "payment_method_types": ["card"],
        **more,
    }
    return client.call("POST /v1/payment_intents", {"confirm": "true", "capture_method": "automatic", **given})


def subscribe(client, **more):
    given = {"customer": CUSTOMER, "items": [{"price": PRICE}], "expand": ["latest_invoice"], **more}
    return client.call("POST /v1/subscriptions", given)


def resting(client, outcome):
    return set(client.origins(outcome).get("assumed", ()))


# --- issuers


def test_the_issuer_answers_attempt_by_attempt():
    client = shop(World(issuers=answers("yes", "no", "asks")))
    outcomes = [pay(client) for _ in range(3)]
    assert [one.status for one in outcomes] == [200, 402, 200]
    assert outcomes[1].body["error"]["decline_code"] == "insufficient_funds"
    assert [outcomes[place].body["status"] for place in (0, 2)] == ["succeeded", "requires_action"]
    assert [resting(client, one) for one in outcomes] == [set()] * 3


def test_beyond_what_was_seen_money_and_status_are_assumed():
    client = shop(World(issuers=answers("yes")))
    pay(client)
    again = pay(client, expand=["latest_charge"])
    assert {"status", "amount_received", "latest_charge.status", "latest_charge.paid"} <= resting(client, again)
    assert not {"id", "object", "metadata", "currency"} & resting(client, again)
    (moved,) = [effect for effect in again.effects if effect.kind == "money"]
    assert (moved.amount, len(moved.assumed)) == (2000, 1)


def test_what_one_call_assumes_the_next_does_not():
    client = shop(World(issuers=answers("yes")))
    pay(client), pay(client)
    assert resting(client, client.call("POST /v1/products", {"name": "Tea"})) == set()


def test_a_card_of_which_the_world_says_nothing_is_as_unknown_as_before():
    assert "no documented test card" in pay(shop(World())).error


def test_what_is_tried_out_uses_up_no_attempt():
    client = shop(World(issuers=answers("yes", "no"), accounts=[Account()]))
    client.ok("POST /v1/invoices/create_preview", {"customer": CUSTOMER, "subscription_details": {"items": [{"price": PRICE}]}})
    assert pay(client).status == 200


def test_what_is_run_ahead_uses_up_no_attempt():
    client = shop(World(issuers=answers("yes", "no", "yes")))
    subscribe(client)
    ahead = client.simulator.look_ahead(CUSTOMER)
    ahead.run_to(ahead.to_next())
    assert [one.status for one in ahead.bills()] == ["open"]
    assert [pay(client).status for _ in range(2)] == [402, 200]


def test_charges_by_hand_are_answered_too():
    client = shop(World(issuers=answers("no")), version=LEGACY, default_source=CARD)
    assert client.call("POST /v1/charges", {"amount": "500", "currency": "usd", "customer": CUSTOMER}).status == 402


# --- automatic tax


def taxed(client, **more):
    return subscribe(client, automatic_tax={"enabled": "true"}, **more)


@pytest.mark.parametrize(
    ("behavior", "total", "tax"),
    [("exclusive", 3689, 589), ("inclusive", 3100, 495)],  # 31.00 × 19 %; 31.00 − 31.00 / 1.19
)
def test_tax_is_computed_from_the_rate_of_the_place(behavior, total, tax):
    client = shop(World(issuers=answers("yes"), taxes=[GERMAN]))
    client.simulator.lay(
        [msgspec.structs.replace(one, state={**one.state, "tax_behavior": behavior}) for one in BASELINE if one.object == "price"]
    )
    invoice = taxed(client).body["latest_invoice"]
    assert (invoice["total"], invoice["total_taxes"][0]["amount"], invoice["automatic_tax"]["status"]) == (total, tax, "complete")
    assert invoice["total_taxes"][0]["taxability_reason"] == "standard_rated"
    rate = client.ok(f"GET /v1/tax_rates/{invoice['total_taxes'][0]['tax_rate_details']['tax_rate']}")
    assert (rate["percentage"], rate["inclusive"]) == (19.0, behavior == "inclusive")


def test_several_taxes_are_computed_each_by_itself():
    here = [TaxRate(country="US", state="CO", percentage=one, tax_code="txcd_10103001") for one in ("2.9", "4.81")]
    client = shop(World(issuers=answers("yes"), taxes=here), address={"country": "US", "state": "CO", "postal_code": "80202"})
    invoice = taxed(client).body["latest_invoice"]
    assert [one["amount"] for one in invoice["total_taxes"]] == [90, 149]  # 3100 × 2.9 % = 89.9, × 4.81 % = 149.11
    assert invoice["total"] == 3100 + 239


@pytest.mark.parametrize(("exempt", "reason"), [("exempt", "customer_exempt"), ("reverse", "reverse_charge")])
def test_who_is_exempt_pays_none(exempt, reason):
    invoice = taxed(shop(World(issuers=answers("yes"), taxes=[GERMAN]), tax_exempt=exempt)).body["latest_invoice"]
    assert (invoice["total"], invoice["total_taxes"][0]["taxability_reason"]) == (3100, reason)


def test_where_goods_are_sent_counts_before_the_address():
    client = shop(World(issuers=answers("yes"), taxes=[GERMAN, TaxRate(country="FR", percentage="20", tax_code="txcd_10103001")]),
                  shipping={"address": {"country": "FR"}, "name": "J", "phone": None})  # fmt: skip
    assert taxed(client).body["latest_invoice"]["total"] == 3720


@pytest.mark.parametrize(
    ("customer", "word"), [({"address": None}, "where cus_"), ({"address": {"country": "FR"}}, "what tax is due in FR")]
)
def test_without_the_fact_tax_is_unknown(customer, word):
    assert word in taxed(shop(World(issuers=answers("yes"), taxes=[GERMAN]), **customer)).error


@pytest.mark.parametrize(("setting", "total"), [(None, None), ("exclusive", 3689), ("inclusive", 3100), ("inferred_by_currency", 3689)])
def test_a_price_that_does_not_say_it_goes_by_the_account(setting, total):
    client = shop(World(issuers=answers("yes"), taxes=[GERMAN], accounts=[Account(tax_behavior=setting)]))
    client.simulator.lay(
        [msgspec.structs.replace(one, state={**one.state, "tax_behavior": "unspecified"}) for one in BASELINE if one.object == "price"]
    )
    outcome = taxed(client)
    assert (outcome.body["latest_invoice"]["total"] if outcome.status else None) == total


def test_a_preview_and_a_quote_are_taxed_too():
    client = shop(World(issuers=answers("yes"), taxes=[GERMAN]))
    given = {"customer": CUSTOMER, "automatic_tax": {"enabled": "true"}}
    preview = client.ok("POST /v1/invoices/create_preview", {**given, "subscription_details": {"items": [{"price": PRICE}]}})
    assert preview["total"] == 3689
    quote = client.ok("POST /v1/quotes", {**given, "line_items": [{"price": PRICE, "quantity": "1"}]})
    assert (quote["amount_total"], quote["total_details"]["amount_tax"]) == (3689, 589)


def test_a_renewal_a_month_later_rests_on_the_rate_of_today():
    client = shop(World(issuers=answers("yes", "yes"), taxes=[GERMAN]))
    made = taxed(client)
    assert resting(client, made) == set()
    renewed = client.call("GET /v1/invoices", {"customer": CUSTOMER, "limit": "1"}, at=T0 + 32 * DAY)
    assert renewed.body["data"][0]["total"] == 3689
    assert {"data[].total", "data[].amount_due", "data[].total_taxes[].amount"} <= resting(client, renewed)


def test_a_credit_note_for_it_is_unknown():
    client = shop(World(issuers=answers("yes"), taxes=[GERMAN]))
    invoice = taxed(client).body["latest_invoice"]["id"]
    assert "automatic tax" in client.call("POST /v1/credit_notes", {"invoice": invoice, "amount": "100"}).error


# --- fees and exchange rates


def entry(client, outcome):
    charge = client.ok(f"GET /v1/charges/{outcome.body['latest_charge']}", {"expand": ["balance_transaction"]})
    return charge["balance_transaction"]


def test_fees_are_those_of_the_world_and_else_the_list_price():
    for fees, fee in (([FEES], 53), ([], 88)):  # 20.00: 1.4 % + 25; 2.9 % + 30
        client = shop(World(issuers=answers("yes"), fees=fees))
        booked = entry(client, pay(client))
        assert (booked["fee"], booked["net"]) == (fee, 2000 - fee)


def test_a_fee_for_more_than_was_seen_is_assumed_and_the_payment_is_not():
    client = shop(World(issuers=answers("yes"), fees=[Fee(currency="usd", percent="1.4", fixed=25, least=100, most=1999)]))
    paid = pay(client)
    assert resting(client, paid) == set()
    shown = client.call(f"GET /v1/charges/{paid.body['latest_charge']}", {"expand": ["balance_transaction"]})
    assert resting(client, shown) == {"balance_transaction.fee", "balance_transaction.net", "balance_transaction.fee_details[].amount"}


@pytest.mark.parametrize(("currency", "rate", "amount"), [("eur", "1.0842", 2168), ("jpy", "0.0067", 1340), ("kwd", "3.25", 650)])
def test_what_is_charged_in_another_currency_is_exchanged(currency, rate, amount):
    world = World(
        issuers=answers("yes"), accounts=[Account(settles_in="usd")],
        exchange_rates=[ExchangeRate(currency=currency, to="usd", rate=rate, on=TODAY)],
    )  # fmt: skip
    client = shop(world)
    booked = entry(client, pay(client, currency=currency))
    assert (booked["currency"], booked["amount"], booked["exchange_rate"]) == ("usd", amount, float(rate))
    assert booked["net"] == amount - booked["fee"]


def test_without_a_rate_it_is_booked_as_it_was_charged():
    client = shop(World(issuers=answers("yes"), accounts=[Account(settles_in="usd")]))
    assert entry(client, pay(client, currency="eur"))["currency"] == "eur"


# --- settings of the account


def test_settings_are_those_of_the_account():
    world = World(accounts=[Account(name="Acme", country="DE", payment_method_types=["card", "klarna"])], issuers=answers("yes"))
    client = shop(world)
    invoice = subscribe(client).body["latest_invoice"]
    assert (invoice["account_name"], invoice["account_country"]) == ("Acme", "DE")
    intent = client.ok("POST /v1/payment_intents", {"amount": "100", "currency": "usd", "automatic_payment_methods": {"enabled": "true"}})
    assert intent["payment_method_types"] == ["card", "klarna"]


@pytest.mark.parametrize(
    ("days", "after", "tries", "status", "billed"),
    [
        (None, None, [3, 5, 7], "canceled", 2),
        ([2, 4], "cancel", [2, 4], "canceled", 2),
        ([2], "unpaid", [2], "unpaid", 3),
        ([2], "past_due", [2], "past_due", 3),
        ([], "past_due", [], "past_due", 3),
    ],
)  # fmt: skip
def test_retries_and_what_follows_the_last(days, after, tries, status, billed):
    """The card pays once and never again; two periods later."""
    client = shop(World(issuers=answers("yes", *["no"] * 9), accounts=[Account(retry_days=days, after_retries=after)]))
    subscription = subscribe(client).body["id"]
    start, due = T0 + 31 * DAY, []
    for day in range(63):
        invoices = client.ok("GET /v1/invoices", {"customer": CUSTOMER, "limit": "9"}, at=start + day * DAY + 7200)["data"]
        following = invoices[-2]["next_payment_attempt"] if len(invoices) > 1 else None
        if following and following not in due:
            due.append(following)
        if day == 29:
            assert client.ok(f"GET /v1/subscriptions/{subscription}")["status"] == status
    failed = start + 3600
    gaps = [round((later - earlier) / DAY) for earlier, later in zip([failed, *due], due, strict=False)]
    assert gaps == tries
    invoices = client.ok("GET /v1/invoices", {"customer": CUSTOMER, "limit": "9"})["data"]
    assert len(invoices) >= billed
    if status == "unpaid":
        assert [(one["status"], one["auto_advance"]) for one in invoices[:-2]] == [("draft", False)] * len(invoices[:-2])
