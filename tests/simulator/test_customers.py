"""Customers: made, changed, deleted; sources the older way."""

from __future__ import annotations


def test_a_customer_begins_with_nothing(account):
    outcome = account.call("POST /v1/customers", {"email": "a@example.test", "metadata": {"a": "1"}})
    body = outcome.body
    assert (body["object"], body["balance"], body["currency"], body["delinquent"]) == ("customer", 0, None, False)
    assert (body["email"], body["metadata"], body["name"]) == ("a@example.test", {"a": "1"}, None)
    assert [effect.object for effect in outcome.effects] == ["customer", "customer.created"]
    assert account.origins(outcome)["given"] == ["email", "metadata.a"]


def test_metadata_is_merged_and_empty_values_remove(account):
    customer = account.customer(metadata={"a": "1", "b": "2"})
    assert account.ok(f"POST /v1/customers/{customer}", {"metadata": {"b": "", "c": "3"}})["metadata"] == {"a": "1", "c": "3"}
    assert account.ok(f"POST /v1/customers/{customer}", {"metadata": ""})["metadata"] == {}


def test_empty_values_clear(account):
    customer = account.customer(email="a@example.test", phone="123")
    cleared = account.ok(f"POST /v1/customers/{customer}", {"phone": ""})
    assert (cleared["phone"], cleared["email"]) == (None, "a@example.test")


def test_an_address_shows_all_of_its_names(account):
    customer = account.ok("POST /v1/customers", {"address": {"city": "Wien"}, "shipping": {"name": "A", "address": {"line1": "B"}}})
    assert customer["address"] == {"city": "Wien", "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
    assert set(customer["shipping"]) == {"address", "name", "phone"}


def test_nested_settings_are_merged(account):
    customer = account.customer(invoice_settings={"footer": "Thanks"})
    card = account.card(customer)
    settings = account.ok(f"POST /v1/customers/{customer}", {"invoice_settings": {"default_payment_method": card}})["invoice_settings"]
    assert (settings["footer"], settings["default_payment_method"]) == ("Thanks", card)


def test_a_default_must_be_the_customers_own(account):
    customer, card = account.customer(), account.card(account.customer())
    status, error = account.error(f"POST /v1/customers/{customer}", {"invoice_settings": {"default_payment_method": card}})
    assert (status, error["param"]) == (400, "invoice_settings[default_payment_method]")


def test_a_payment_method_that_comes_along_is_attached(account):
    customer = account.customer(payment_method="pm_card_visa")
    assert len(account.ok("GET /v1/payment_methods", {"customer": customer})["data"]) == 1


def test_a_deleted_customer_leaves_a_stub(account):
    customer = account.customer()
    card = account.card(customer)
    outcome = account.call(f"DELETE /v1/customers/{customer}")
    assert outcome.body == {"id": customer, "object": "customer", "deleted": True}
    assert [e.kind for e in outcome.effects if e.object == "customer"] == ["deleted"]
    assert account.ok(f"GET /v1/customers/{customer}") == outcome.body
    assert account.error(f"POST /v1/customers/{customer}", {"name": "A"})[0] == 404
    assert account.ok(f"GET /v1/payment_methods/{card}")["customer"] is None


def test_a_missing_customer_is_named_as_stripe_names_it(account):
    status, error = account.error("GET /v1/customers/cus_missing")
    assert (status, error["code"], error["param"]) == (404, "resource_missing", "id")
    assert error["message"] == "No such customer: 'cus_missing'"
    assert error["doc_url"] == "https://stripe.com/docs/error-codes/resource-missing"


def test_sources_the_older_way(account):
    customer = account.customer()
    first = account.ok(f"POST /v1/customers/{customer}/sources", {"source": "tok_visa"})
    second = account.ok(f"POST /v1/customers/{customer}/sources", {"source": "tok_mastercard"})
    assert (first["object"], first["brand"], first["customer"]) == ("card", "Visa", customer)
    assert account.ok(f"GET /v1/customers/{customer}")["default_source"] == first["id"]
    listed = account.ok(f"GET /v1/customers/{customer}/sources")["data"]
    assert {source["id"] for source in listed} == {first["id"], second["id"]}
    account.ok(f"DELETE /v1/customers/{customer}/sources/{first['id']}")
    assert account.ok(f"GET /v1/customers/{customer}")["default_source"] == second["id"]


OLD = "2023-10-16"  # customers took coupons then


def test_a_customers_coupon_is_on_every_bill_until_it_is_taken_off(account):
    account.ok("POST /v1/coupons", {"id": "TENTH", "percent_off": "10", "duration": "forever"}, version=OLD)
    settings = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    customer = account.ok("POST /v1/customers", {"coupon": "TENTH", **settings}, version=OLD)
    assert customer["discount"]["coupon"]["id"] == "TENTH"
    given = {"currency": "usd", "unit_amount": "700", "recurring": {"interval": "month"}, "product_data": {"name": "Tea"}}
    price = account.ok("POST /v1/prices", given, version=OLD)["id"]
    wanted = {"customer": customer["id"], "items": [{"price": price}], "expand": ["latest_invoice"]}
    assert account.ok("POST /v1/subscriptions", wanted, version=OLD)["latest_invoice"]["total"] == 630
    gone = account.call(f"DELETE /v1/customers/{customer['id']}/discount", version=OLD)
    assert (gone.body["object"], gone.body["deleted"]) == ("discount", True)
    assert "customer.discount.deleted" in [effect.object for effect in gone.effects]
    left = account.ok(f"GET /v1/customers/{customer['id']}", version=OLD)
    assert (left["id"], left["discount"]) == (customer["id"], None)
    assert account.simulator.customer_money(customer["id"]) == ({}, {"usd": 700})


def test_no_discount_cannot_be_taken_off(account):
    assert account.error(f"DELETE /v1/customers/{account.customer()}/discount")[0] == 404


def test_a_coupon_that_is_not_there_is_refused(account):
    status, error = account.error("POST /v1/customers", {"coupon": "NONE"}, version=OLD)
    assert (status, error["code"], error["param"]) == (400, "resource_missing", "coupon")
