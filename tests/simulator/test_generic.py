"""What object types can do without a rule of their own."""

from __future__ import annotations

import pytest

from replayer.simulator.routes import route_of
from replayer.stripeapi.catalogue import catalogue


def test_parameters_come_back_by_the_fields_kind(account):
    made = account.ok(
        "POST /v1/shipping_rates", {"display_name": "Air", "type": "fixed_amount", "fixed_amount": {"amount": "500", "currency": "usd"}}
    )
    assert made["fixed_amount"]["amount"] == 500
    assert account.ok(f"GET /v1/shipping_rates/{made['id']}") == made


def test_a_name_of_ones_own_is_the_id(account):
    assert account.ok("POST /v1/products", {"id": "shirt", "name": "Shirt"})["id"] == "shirt"
    assert account.ok("GET /v1/products/shirt")["name"] == "Shirt"
    assert account.error("POST /v1/products", {"id": "shirt", "name": "Again"})[1]["code"] == "resource_already_exists"


def test_a_reference_to_nothing_is_refused_as_it_was_named(account):
    status, error = account.error("POST /v1/invoices", {"customer": "cus_missing"})
    assert (status, error["code"], error["param"]) == (400, "resource_missing", "customer")
    customer = account.customer()
    _, error = account.error("POST /v1/subscriptions", {"customer": customer, "items": [{"price": "price_missing"}]})
    assert (error["code"], error["param"]) == ("resource_missing", "items[0][price]")


def test_what_is_given_within_another_becomes_an_object(account):
    plan = account.ok("POST /v1/plans", {"amount": "900", "currency": "usd", "interval": "month", "product": {"name": "A"}})["id"]
    given = {"customer": account.customer(), "items": [{"plan": plan, "quantity": "2"}], "payment_behavior": "default_incomplete"}
    subscription = account.ok("POST /v1/subscriptions", given)
    item = subscription["items"]["data"][0]
    assert (item["quantity"], item["plan"]["amount"], item["price"]["unit_amount"]) == (2, 900, 900)
    assert item["subscription"] == subscription["id"]
    assert account.ok(f"GET /v1/subscription_items/{item['id']}")["quantity"] == 2


def test_what_hangs_under_an_object_points_to_it(account):
    customer = account.customer()
    tax_id = account.ok(f"POST /v1/customers/{customer}/tax_ids", {"type": "eu_vat", "value": "ATU12345678"})
    assert tax_id["customer"] == customer
    assert [entry["id"] for entry in account.ok(f"GET /v1/customers/{customer}/tax_ids")["data"]] == [tax_id["id"]]


def test_deleted_is_gone(account):
    coupon = account.ok("POST /v1/coupons", {"percent_off": "10", "duration": "once"})["id"]
    assert account.ok(f"DELETE /v1/coupons/{coupon}") == {"id": coupon, "object": "coupon", "deleted": True}
    assert account.error(f"GET /v1/coupons/{coupon}")[0] == 404


def test_a_plan_reads_as_a_price_and_the_other_way_round(account):
    product = account.ok("POST /v1/products", {"name": "A"})["id"]
    price = account.ok(
        "POST /v1/prices",
        {"product": product, "currency": "usd", "unit_amount": "700", "recurring": {"interval": "year", "interval_count": "2"}},
    )
    plan = account.ok(f"GET /v1/plans/{price['id']}")
    assert (plan["object"], plan["amount"], plan["interval"], plan["interval_count"]) == ("plan", 700, "year", 2)


def test_there_is_one_account_and_one_balance(account):
    assert account.ok("GET /v1/account")["object"] == "account"
    assert account.ok("GET /v1/balance")["livemode"] is False


def test_every_operation_of_the_catalogue_has_a_route():
    kinds = {route_of(operation.name).kind for operation in catalogue().operations()}
    assert kinds == {"create", "retrieve", "update", "delete", "list", "search", "action", "single"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("POST /v1/customers", "create"), ("POST /v1/customers/{customer}", "update"), ("GET /v1/customers/{customer}", "retrieve"),
        ("DELETE /v1/customers/{customer}", "delete"), ("GET /v1/customers", "list"), ("GET /v1/customers/search", "search"),
        ("POST /v1/invoices/create_preview", "action"), ("POST /v1/invoices/{invoice}/pay", "action"), ("GET /v1/balance", "single"),
        ("POST /v1/customers/{customer}/tax_ids", "create"), ("DELETE /v1/subscriptions/{}", "action"),
    ],
)  # fmt: skip
def test_operations_are_told_apart(name, kind):
    canonical = catalogue().canonical(name)
    assert canonical is not None
    assert route_of(canonical).kind == kind


def test_every_operation_answers_something(account):
    """No operation of the catalogue breaks the simulator, whatever it is given."""
    for operation in catalogue().operations():
        path = "/".join("x_missing" if part.startswith("{") else part for part in operation.template.split("/"))
        outcome = account.call(f"{operation.method} {path}", version=None)
        assert outcome.status is not None, operation.name
