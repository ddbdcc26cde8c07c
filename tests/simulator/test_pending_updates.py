"""Pending updates (docs.stripe.com/billing/subscriptions/pending-updates). Half of April at 20.00 instead of 10.00 is 5.00, by hand."""

from __future__ import annotations

import pytest

from replayer.model import Request
from tests.simulator.debiting import events
from tests.simulator.test_subscriptions import DAY, Shop, at

_THEN = at(2026, 4, 16)


def _began(card: str = "pm_card_chargeCustomerFail", **more):
    """A subscription at 10.00 that is changed to 20.00 halfway, by a card that is declined by then."""
    shop = Shop(at(2026, 4, 1))
    subscription = shop.subscribe(shop.price(1000), 2)
    failing = shop.ok(f"POST /v1/payment_methods/{card}/attach", {"customer": shop.customer})["id"]
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"default_payment_method": failing})
    dear = shop.price(2000)
    item = subscription["items"]["data"][0]["id"]
    asked = {"items": [{"id": item, "price": dear, "quantity": "3"}], "proration_behavior": "always_invoice", **more}
    params = {**asked, "payment_behavior": "pending_if_incomplete"}
    return shop, subscription["id"], dear, params


def _changed(**more):
    shop, subscription, dear, params = _began(**more)
    return shop, shop.ok(f"POST /v1/subscriptions/{subscription}", params, at=_THEN), dear


def _pay(shop, subscription, when=None):
    good = shop.ok("POST /v1/payment_methods/pm_card_visa/attach", {"customer": shop.customer}, at=when)["id"]
    return shop.ok(f"POST /v1/invoices/{subscription['latest_invoice']}/pay", {"payment_method": good}, at=when)


def test_a_change_that_cannot_be_paid_is_pending():
    shop, changed, dear = _changed()
    item, pending = changed["items"]["data"][0], changed["pending_update"]
    assert (changed["status"], item["quantity"], item["price"]["unit_amount"]) == ("active", 2, 1000)
    (wanted,) = pending["subscription_items"]
    assert (wanted["price"]["id"], wanted["price"]["unit_amount"], wanted["quantity"], wanted["id"]) == (dear, 2000, 3, item["id"])
    assert (pending["expires_at"], pending["trial_end"]) == (_THEN + 23 * 3600, None)
    invoice = shop.latest()
    assert (invoice["id"], invoice["status"], invoice["amount_due"]) == (changed["latest_invoice"], "open", 2000)  # −10.00 + 30.00


def test_it_is_applied_when_its_invoice_is_paid():
    """2 × 10.00 for half of April back, 1 × 40.00 for it: −10.00 + 20.00 = 10.00."""
    shop, changed = _dear()
    paid = _pay(shop, changed, _THEN + 3600)
    now = shop.read(changed, None)
    assert (paid["status"], paid["amount_paid"]) == ("paid", 1000)
    assert (now["pending_update"], now["items"]["data"][0]["price"]["unit_amount"], now["items"]["data"][0]["quantity"]) == (None, 4000, 1)
    told = events(shop.account)
    assert told[-1] == "invoice.payment_succeeded"
    assert told.index("customer.subscription.pending_update_applied") > told.index("invoice.paid")
    assert shop.invoices(at(2026, 5, 1, 2))[-1] == (4000, "open")  # the default still fails


def _dear(**more):
    shop, subscription, _, params = _began(**more)
    params["items"][0] |= {"price": shop.price(4000), "quantity": "1"}
    return shop, shop.ok(f"POST /v1/subscriptions/{subscription}", params, at=_THEN)


def test_it_expires_after_23_hours_and_its_invoice_is_voided():
    shop, changed = _dear()
    assert shop.read(changed, _THEN + 23 * 3600 - 1)["pending_update"] is not None
    now = shop.read(changed, _THEN + 23 * 3600)
    assert (now["pending_update"], now["status"], now["items"]["data"][0]["price"]["unit_amount"]) == (None, "active", 1000)
    assert shop.latest()["status"] == "void"
    assert events(shop.account)[-1] == "customer.subscription.pending_update_expired"
    assert shop.invoices(at(2026, 5, 1, 2))[-1][0] == 2000


def test_it_expires_with_the_period_where_that_is_sooner():
    shop, subscription, _, params = _began()
    params["items"][0]["price"] = shop.price(400_000)
    changed = shop.ok(f"POST /v1/subscriptions/{subscription}", params, at=at(2026, 5, 1) - 3600)
    assert changed["pending_update"]["expires_at"] == at(2026, 5, 1)
    assert shop.read(changed, at(2026, 5, 1) + 60)["pending_update"] is None
    assert [status for _, status in shop.invoices()] == ["paid", "void", "draft"]


def test_what_can_be_paid_holds_at_once():
    shop, subscription, dear, params = _began(card="pm_card_mastercard")
    params["items"][0] |= {"price": shop.price(4000), "quantity": "1"}
    changed = shop.ok(f"POST /v1/subscriptions/{subscription}", params, at=_THEN)
    assert (changed["pending_update"], changed["items"]["data"][0]["price"]["unit_amount"]) == (None, 4000)
    assert shop.invoices()[-1] == (1000, "paid")
    assert dear


def test_a_change_whose_payment_asks_for_authentication_is_pending_too():
    shop, changed = _dear(card="pm_card_authenticationRequired")
    assert (changed["status"], changed["pending_update"] is not None) == ("active", True)
    intent = shop.ok(f"GET /v1/invoices/{changed['latest_invoice']}", {"expand": ["payments"]})["payments"]["data"][0]["payment"]
    shop.ok(f"POST /_replayer/payment_intents/{intent['payment_intent']}/authorize")
    assert shop.read(changed, None)["items"]["data"][0]["price"]["unit_amount"] == 4000


def test_an_item_that_is_added_is_there_only_once_it_is_paid():
    shop, subscription, _, params = _began()
    params["items"] = [{"price": shop.price(3000)}]
    changed = shop.ok(f"POST /v1/subscriptions/{subscription}", params, at=_THEN)
    assert len(changed["items"]["data"]) == 1
    assert len(changed["pending_update"]["subscription_items"]) == 2
    _pay(shop, changed, _THEN + 60)
    assert sorted(one["price"]["unit_amount"] for one in shop.read(changed, None)["items"]["data"]) == [1000, 3000]


def test_another_pending_update_takes_the_place_of_the_first():
    shop, changed = _dear()
    item = changed["items"]["data"][0]["id"]
    asked = {"items": [{"id": item, "quantity": "5"}], "proration_behavior": "always_invoice", "payment_behavior": "pending_if_incomplete"}
    second = shop.ok(f"POST /v1/subscriptions/{changed['id']}", asked)
    assert second["pending_update"]["subscription_items"][0]["quantity"] == 5
    assert [status for _, status in shop.invoices()] == ["paid", "void", "open"]
    assert shop.read(changed, _THEN + 2 * DAY)["items"]["data"][0]["quantity"] == 2


def test_an_item_by_itself_can_be_changed_so():
    shop, subscription, _, params = _began()
    entry = {
        "price": shop.price(4000),
        "quantity": "1",
        "payment_behavior": "pending_if_incomplete",
        "proration_behavior": "always_invoice",
    }
    item = shop.ok(f"POST /v1/subscription_items/{params['items'][0]['id']}", entry, at=_THEN)
    assert item["price"]["unit_amount"] == 1000
    assert shop.read({"id": subscription}, None)["pending_update"]["subscription_items"][0]["quantity"] == 1


@pytest.mark.parametrize("more", [{"metadata": {"a": "b"}}, {"cancel_at_period_end": "true"}, {"items": [{"tax_rates": ["txr_1"]}]}])
def test_what_makes_no_invoice_cannot_be_pending(more):
    shop, subscription, _, params = _began()
    assert shop.account.error(f"POST /v1/subscriptions/{subscription}", {**params, **more})[0] == 400


def test_other_changes_meanwhile_are_unknown():
    shop, changed = _dear()
    request = Request(
        method="POST", path=f"/v1/subscriptions/{changed['id']}", params={"trial_end": "now", "proration_behavior": "none"},
        version="2025-10-29.clover",
    )  # fmt: skip
    assert "unknown" in str(shop.account.simulator.send(request, key="sk_test_simulator").error)


def test_the_change_tells_of_no_item_that_changed():
    shop, subscription, _, params = _began()
    params["items"][0] |= {"price": shop.price(4000), "quantity": "1"}
    outcome = shop.account.call(f"POST /v1/subscriptions/{subscription}", params, at=_THEN)
    assert "subscription_item" not in {effect.object for effect in outcome.effects}
    assert [effect.kind for effect in outcome.effects if effect.object == "subscription"] == ["updated"]
