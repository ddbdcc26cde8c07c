"""Connected accounts: what is still asked of them, what they may do, and where they are paid out to."""

from __future__ import annotations

import pytest

_CAPABILITIES = {"card_payments": {"requested": "true"}, "transfers": {"requested": "true"}}
_BANK = {"object": "bank_account", "country": "US", "currency": "usd", "routing_number": "110000000", "account_number": "000123456789"}
_PERSON = {
    "first_name": "Jenny", "last_name": "Rosen", "email": "jenny@example.com", "phone": "+15555550100", "ssn_last_4": "0000",
    "dob": {"day": "1", "month": "1", "year": "1901"},
    "address": {"line1": "address_full_match", "city": "San Francisco", "postal_code": "94107", "state": "CA"},
}  # fmt: skip
_WHOLE = {
    "type": "custom", "country": "US", "business_type": "individual", "capabilities": _CAPABILITIES, "individual": _PERSON,
    "business_profile": {"mcc": "5734", "url": "https://example.com"}, "tos_acceptance": {"date": "1759999999", "ip": "8.8.8.8"},
    "external_account": _BANK,
}  # fmt: skip


def test_an_account_of_which_all_is_known_can_charge_and_be_paid_out(account):
    made = account.ok("POST /v1/accounts", _WHOLE)
    assert (made["charges_enabled"], made["payouts_enabled"], made["requirements"]["currently_due"]) == (True, True, [])
    assert made["capabilities"] == {"card_payments": "active", "transfers": "active"}
    assert made["individual"]["ssn_last_4_provided"] is True
    assert "ssn_last_4" not in made["individual"]
    assert made["external_accounts"]["data"][0]["last4"] == "6789"
    assert made["default_currency"] == "usd"


@pytest.mark.parametrize(
    ("missing", "due"),
    [
        ("tos_acceptance", ["tos_acceptance.date", "tos_acceptance.ip"]),
        ("external_account", ["external_account"]),
        ("business_profile", ["business_profile.mcc", "business_profile.url"]),
    ],
)
def test_what_is_missing_is_due_and_keeps_the_account_from_acting(account, missing, due):
    made = account.ok("POST /v1/accounts", {name: value for name, value in _WHOLE.items() if name != missing})
    assert made["requirements"]["currently_due"] == due
    assert (made["charges_enabled"], made["requirements"]["disabled_reason"]) == (False, "requirements.past_due")
    done = account.ok(f"POST /v1/accounts/{made['id']}", {missing: _WHOLE[missing]})
    assert (done["charges_enabled"], done["requirements"]["currently_due"]) == (True, [])


def test_a_person_who_cannot_be_verified_keeps_the_account_from_acting(account):
    person = {**_PERSON, "dob": {"day": "1", "month": "1", "year": "1900"}}
    made = account.ok("POST /v1/accounts", {**_WHOLE, "individual": person})
    assert (made["charges_enabled"], made["individual"]["verification"]["status"]) == (False, "unverified")


def test_a_company_is_asked_for_who_represents_it(account):
    company = {"name": "Tea", "phone": "+15555550100", "tax_id": "000000000", "address": _PERSON["address"], "owners_provided": "true"}
    whole = {name: value for name, value in _WHOLE.items() if name != "individual"}
    made = account.ok("POST /v1/accounts", {**whole, "business_type": "company", "company": company})
    assert "representative.first_name" in made["requirements"]["currently_due"]
    assert (made["company"]["tax_id_provided"], made["company"]["name"]) == (True, "Tea")
    roles = {"relationship": {"representative": "true", "title": "CEO"}}
    account.ok(f"POST /v1/accounts/{made['id']}/persons", {**_PERSON, **roles})
    assert account.ok(f"GET /v1/accounts/{made['id']}")["charges_enabled"] is True


def test_persons_come_change_and_go(account):
    made = account.ok("POST /v1/accounts", {"type": "custom", "country": "US", "business_type": "company", "capabilities": _CAPABILITIES})[
        "id"
    ]
    path = f"/v1/accounts/{made}/persons"
    person = account.ok(f"POST {path}", {"first_name": "Jenny", "relationship": {"owner": "true", "percent_ownership": "60"}})
    assert (person["relationship"]["owner"], person["account"]) == (True, made)
    assert account.ok(f"POST {path}/{person['id']}", {"last_name": "Rosen"})["first_name"] == "Jenny"
    assert account.error(f"POST {path}", {"relationship": {"owner": "true", "percent_ownership": "41"}})[0] == 400
    assert account.ok(f"DELETE {path}/{person['id']}") == {"id": person["id"], "object": "person", "deleted": True}
    assert account.call(f"GET {path}/{person['id']}").status == 404


def test_a_deleted_account_is_nobody_s(account):
    made = account.ok("POST /v1/accounts", {"type": "express", "country": "FR"})
    assert (made["default_currency"], made["type"]) == ("eur", "express")
    assert account.ok(f"DELETE /v1/accounts/{made['id']}")["deleted"] is True
    status, error = account.error(f"GET /v1/accounts/{made['id']}")
    assert (status, error["code"]) == (403, "account_invalid")


def test_the_last_default_bank_account_is_kept_while_there_are_others(account):
    made = account.ok("POST /v1/accounts", _WHOLE)["id"]
    path = f"/v1/accounts/{made}/external_accounts"
    first = account.ok(f"GET {path}")["data"][0]["id"]
    second = account.ok(f"POST {path}", {"external_account": "btok_us_verified_noAccount"})
    assert (second["last4"], second["default_for_currency"]) == ("1116", False)
    assert account.error(f"DELETE {path}/{first}")[0] == 400
    account.ok(f"POST {path}/{second['id']}", {"default_for_currency": "true"})
    assert account.ok(f"DELETE {path}/{first}")["deleted"] is True


def test_a_payout_is_paid_or_fails_as_the_bank_account_says(account):
    made = account.ok("POST /v1/accounts", _WHOLE)["id"]
    account.ok("POST /v1/transfers", {"amount": "1000", "currency": "usd", "destination": made})
    payout = account.ok("POST /v1/payouts", {"amount": "400", "currency": "usd"}, account=made)
    assert (payout["status"], payout["amount"], payout["automatic"]) == ("pending", 400, False)
    assert account.ok("GET /v1/balance", account=made)["available"][0]["amount"] == 600
    status, error = account.error("POST /v1/payouts", {"amount": "601", "currency": "usd"}, account=made)
    assert (status, error["code"]) == (400, "balance_insufficient")
    later = payout["arrival_date"] + 1
    assert account.ok(f"GET /v1/payouts/{payout['id']}", account=made, at=later)["status"] == "paid"
    bad = account.ok(f"POST /v1/accounts/{made}/external_accounts", {"external_account": "btok_us_verified_accountClosed"})["id"]
    failing = account.ok("POST /v1/payouts", {"amount": "100", "currency": "usd", "destination": bad}, account=made)
    done = account.ok(f"GET /v1/payouts/{failing['id']}", account=made, at=failing["arrival_date"] + 1)
    assert (done["status"], done["failure_code"]) == ("failed", "account_closed")
    assert account.ok("GET /v1/balance", account=made)["available"][0]["amount"] == 600


def test_a_canceled_payout_comes_back(account):
    made = account.ok("POST /v1/accounts", _WHOLE)["id"]
    account.ok("POST /v1/transfers", {"amount": "1000", "currency": "usd", "destination": made})
    payout = account.ok("POST /v1/payouts", {"amount": "400", "currency": "usd"}, account=made)["id"]
    assert account.ok(f"POST /v1/payouts/{payout}/cancel", account=made)["status"] == "canceled"
    assert account.ok("GET /v1/balance", account=made)["available"][0]["amount"] == 1000
    assert account.error(f"POST /v1/payouts/{payout}/cancel", account=made)[0] == 400


def test_a_token_is_used_once(account):
    made = account.ok("POST /v1/accounts", {"type": "custom", "country": "US", "capabilities": _CAPABILITIES})["id"]
    token = account.ok("POST /v1/tokens", {"bank_account": {key: value for key, value in _BANK.items() if key != "object"}})
    assert (token["type"], token["bank_account"]["last4"], token["id"][:5]) == ("bank_account", "6789", "btok_")
    path = f"POST /v1/accounts/{made}/external_accounts"
    assert account.ok(path, {"external_account": token["id"]})["last4"] == "6789"
    assert account.error(path, {"external_account": token["id"]})[1]["code"] == "token_already_used"
