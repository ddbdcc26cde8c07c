"""What a call stands on: what made the objects that it names, and what these name."""

from replayer.capture.foundations import Foundations
from tests.make import exchange

PRODUCT, PRICE, SUBSCRIPTION = "prod_Found000000001", "price_1Found0000000000000001", "sub_1Found00000000000000001"


def made(number, path, params, identifier, **more):
    return exchange(number, "POST", path, params, {"id": identifier, "object": "x"}, **more)


def test_a_subscription_stands_on_its_price_and_this_on_its_product():
    found = Foundations()
    calls = [
        made(1, "/v1/products", {"name": "A"}, PRODUCT),
        made(2, "/v1/prices", {"product": PRODUCT}, PRICE),
        made(3, f"/v1/prices/{PRICE}", {"active": "false"}, PRICE),
        made(4, "/v1/products", {"name": "B"}, "prod_Other000000001"),
        made(5, "/v1/subscriptions", {"items": [{"price": PRICE}]}, SUBSCRIPTION),
        made(6, "/v1/subscriptions", {"items": [{"price": PRICE}]}, "sub_1Other00000000000000001"),
        made(7, "/v1/products", {"name": "A"}, PRODUCT, source="another"),
        exchange(8, "GET", f"/v1/prices/{PRICE}", body={"id": PRICE}),
    ]
    for call in calls:
        found.add(call)
    assert found.under({"x5"}) == {"x1", "x2", "x3"}
    assert found.under({"x1"}) == set()
