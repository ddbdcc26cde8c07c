"""Charges for connected accounts, with figures worked out by hand from docs.stripe.com/connect/destination-charges and /direct-charges."""

from __future__ import annotations

import pytest

_SELLER = {
    "type": "custom", "country": "US", "business_type": "company",
    "capabilities": {"card_payments": {"requested": "true"}, "transfers": {"requested": "true"}},
}  # fmt: skip


@pytest.fixture
def seller(account) -> str:
    return str(account.ok("POST /v1/accounts", _SELLER)["id"])


def destined(account, seller, amount=10000, **more):
    return account.paid(amount, transfer_data={"destination": seller}, capture_method="automatic", **more)


def entry(account, identifier):
    return account.ok(f"GET /v1/balance_transactions/{identifier}")


def test_a_destination_charge_is_transferred_whole_and_the_fee_taken_there(account, seller):
    charge = account.ok(f"GET /v1/charges/{destined(account, seller, application_fee_amount='1230')['latest_charge']}")
    transfer = account.ok(f"GET /v1/transfers/{charge['transfer']}")
    payment = account.ok(f"GET /v1/charges/{transfer['destination_payment']}", account=seller)
    fee = account.ok(f"GET /v1/application_fees/{charge['application_fee']}")
    assert (transfer["amount"], transfer["source_transaction"], transfer["destination"]) == (10000, charge["id"], seller)
    assert transfer["transfer_group"] == charge["transfer_group"] == f"group_{charge['payment_intent']}"
    assert (fee["amount"], fee["charge"], fee["originating_transaction"]) == (1230, payment["id"], charge["id"])
    there = account.ok(f"GET /v1/balance_transactions/{payment['balance_transaction']}", account=seller)
    assert (there["type"], there["amount"], there["fee"], there["net"]) == ("payment", 10000, 1230, 8770)
    here = entry(account, charge["balance_transaction"])
    assert (here["amount"], here["fee"], here["net"]) == (10000, 320, 9680)  # 2.9 % + 30 cents
    assert entry(account, transfer["balance_transaction"])["amount"] == -10000
    assert entry(account, fee["balance_transaction"])["net"] == 1230


def test_an_amount_of_its_own_is_all_that_is_transferred(account, seller):
    intent = account.paid(10000, transfer_data={"destination": seller, "amount": "8770"}, capture_method="automatic")
    charge = account.ok(f"GET /v1/charges/{intent['latest_charge']}", {"expand": ["transfer"]})
    assert (charge["transfer"]["amount"], charge["application_fee"]) == (8770, None)


def test_a_capture_in_part_transfers_what_was_captured(account, seller):
    held = account.paid(10000, transfer_data={"destination": seller}, capture_method="manual")
    assert account.ok(f"GET /v1/charges/{held['latest_charge']}").get("transfer") is None
    done = account.ok(f"POST /v1/payment_intents/{held['id']}/capture", {"amount_to_capture": "7000", "application_fee_amount": "500"})
    charge = account.ok(f"GET /v1/charges/{held['latest_charge']}", {"expand": ["transfer"]})
    assert (done["amount_received"], charge["transfer"]["amount"], charge["amount_refunded"]) == (7000, 7000, 3000)


@pytest.mark.parametrize(("amount", "reversed_", "fee"), [("4000", 4000, 492), ("10000", 10000, 1230), ("3333", 3333, 410)])
def test_a_refund_takes_back_its_part_of_transfer_and_fee(account, seller, amount, reversed_, fee):
    charge = account.ok(f"GET /v1/charges/{destined(account, seller, application_fee_amount='1230')['latest_charge']}")
    refund = account.ok(
        "POST /v1/refunds", {"charge": charge["id"], "amount": amount, "reverse_transfer": "true", "refund_application_fee": "true"}
    )
    transfer = account.ok(f"GET /v1/transfers/{charge['transfer']}")
    assert transfer["amount_reversed"] == transfer["reversals"]["data"][0]["amount"] == reversed_
    assert refund["transfer_reversal"] == transfer["reversals"]["data"][0]["id"]
    assert transfer["reversed"] is (amount == "10000")
    assert account.ok(f"GET /v1/application_fees/{charge['application_fee']}")["amount_refunded"] == fee  # 4000 × 1230 / 10000 = 492


def test_a_refund_alone_leaves_the_transfer(account, seller):
    charge = account.ok(f"GET /v1/charges/{destined(account, seller)['latest_charge']}")
    account.ok("POST /v1/refunds", {"charge": charge["id"]})
    assert account.ok(f"GET /v1/transfers/{charge['transfer']}")["amount_reversed"] == 0


def test_what_has_no_transfer_is_not_reversed(account):
    charge = account.paid()["latest_charge"]
    assert account.error("POST /v1/refunds", {"charge": charge, "reverse_transfer": "true"})[0] == 400


def test_a_direct_charge_leaves_the_platform_its_fee(account, seller):
    intent = account.ok(
        "POST /v1/payment_intents",
        {"amount": "10000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true", "capture_method": "automatic",
         "application_fee_amount": "1000", "expand": ["latest_charge.balance_transaction"]},
        account=seller,
    )  # fmt: skip
    charge = intent["latest_charge"]
    assert intent["application"] == charge["application"]
    assert charge["balance_transaction"]["net"] == 10000 - 1000 - 320
    assert {fee["type"] for fee in charge["balance_transaction"]["fee_details"]} == {"application_fee", "stripe_fee"}
    fee = account.ok(f"GET /v1/application_fees/{charge['application_fee']}")
    assert (fee["account"], fee["amount"], fee["charge"], fee["originating_transaction"]) == (seller, 1000, charge["id"], None)
    assert account.call(f"GET /v1/charges/{charge['id']}").status == 404


def test_a_fee_needs_a_connected_account(account):
    status, error = account.error("POST /v1/payment_intents", {"amount": "1000", "currency": "usd", "application_fee_amount": "100"})
    assert (status, error["param"]) == (400, "application_fee_amount")


def test_a_destination_must_exist_and_take_transfers(account):
    given = {"amount": "1000", "currency": "usd"}
    status, error = account.error("POST /v1/payment_intents", {**given, "transfer_data": {"destination": "acct_1None"}})
    assert (status, error["code"], error["param"]) == (400, "resource_missing", "transfer_data[destination]")
    bare = account.ok("POST /v1/accounts", {"type": "custom", "country": "US", "capabilities": {"card_payments": {"requested": "true"}}})[
        "id"
    ]
    assert account.error("POST /v1/transfers", {**given, "destination": bare})[1]["code"] == "insufficient_capabilities_for_transfer"


def test_transfers_of_a_charge_do_not_exceed_it(account, seller):
    charge = account.paid(1000)["latest_charge"]
    given = {"currency": "usd", "destination": seller, "source_transaction": charge}
    first = account.ok("POST /v1/transfers", {**given, "amount": "700"})
    assert first["transfer_group"] == f"group_{charge}"
    assert account.error("POST /v1/transfers", {**given, "amount": "301"})[0] == 400
    assert account.ok("POST /v1/transfers", {**given, "amount": "300"})["amount"] == 300


def test_a_transfer_is_reversed_in_parts(account, seller):
    transfer = account.ok("POST /v1/transfers", {"amount": "700", "currency": "usd", "destination": seller})["id"]
    account.ok(f"POST /v1/transfers/{transfer}/reversals", {"amount": "200"})
    account.ok(f"POST /v1/transfers/{transfer}/reversals")
    done = account.ok(f"GET /v1/transfers/{transfer}")
    assert (done["amount_reversed"], done["reversed"], [one["amount"] for one in done["reversals"]["data"]]) == (700, True, [500, 200])
    assert account.error(f"POST /v1/transfers/{transfer}/reversals")[0] == 400
    assert account.ok("GET /v1/balance", account=seller)["available"][0]["amount"] == 0
