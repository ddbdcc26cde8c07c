"""Stories in which somebody acts off camera: recorded against the simulator, of whose acts nothing is kept but what a user would see of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from replayer.model import Exchange, Outcome, Request
from replayer.simulator import Simulator
from tests.make import T0

DAY, VERSION = 86400, "2025-10-29.clover"
_TOLD = (
    "payment_intent.", "charge.", "setup_intent.", "checkout.", "customer.", "invoice.paid", "invoice.voided", "credit_note.", "refund.",
    "payment_method.attached", "invoiceitem.",
)  # fmt: skip


class Stage:
    """A simulator that stands for Stripe: the program's calls are recorded, what others do is not; events are delivered by webhook."""

    def __init__(self, *, events: bool = True) -> None:
        self.simulator, self.now, self.events = Simulator(), T0, events
        self.exchanges: list[Exchange] = []
        self._told: set[str] = set()

    def _send(self, operation: str, params: dict[str, Any]) -> tuple[Request, Outcome]:
        method, path = operation.split(" ")
        self.now += 10
        request = Request(method=method, path=path, params=params, version=VERSION)
        outcome = self.simulator.send(request, at=self.now)
        return request, Outcome(status=outcome.status, headers=outcome.headers, body=outcome.body)

    def do(self, operation: str, **params: Any) -> Any:
        """A call of the program, and the events that follow."""
        request, outcome = self._send(operation, params)
        self._keep(Exchange(id="", source="s", at=self.now, request=request, outcome=outcome))
        self._deliver()
        return outcome.body

    def unseen(self, operation: str, **params: Any) -> Any:
        """What somebody else does: only its events are seen."""
        _, outcome = self._send(operation, params)
        assert outcome.status == 200, outcome
        self._deliver()
        return outcome.body

    def wait(self, days: float) -> None:
        """Let time pass."""
        self.now += days * DAY

    def _keep(self, exchange: Exchange) -> None:
        self.exchanges.append(msgspec.structs.replace(exchange, id=f"x{len(self.exchanges) + 1}"))

    def _deliver(self) -> None:
        """Send the endpoint the events since the last time."""
        if not self.events:
            return
        request = Request(method="GET", path="/v1/events", params={"limit": "100"}, version=VERSION)
        for event in self.simulator.send(request, at=self.now).body["data"][::-1]:
            if event["id"] not in self._told and event["type"].startswith(_TOLD):
                hook = Request(method="POST", path="/stripe", params=event, encoding="json", version=VERSION)
                self._keep(Exchange(id="", source="s", lane="webhook", at=self.now + 0.5, request=hook, outcome=Outcome(status=200)))
            self._told.add(event["id"])

    # --- what stories share

    def customer(self, card: str | None = "pm_card_visa") -> str:
        """A customer, with a card that pays by default."""
        more = {"payment_method": card, "invoice_settings": {"default_payment_method": card}} if card else {}
        return str(self.do("POST /v1/customers", email="a@shop.test", **more)["id"])

    def prices(self, *amounts: int) -> list[str]:
        """Prices a month."""
        product = self.do("POST /v1/products", name="Tea")["id"]
        monthly = {"product": product, "currency": "usd", "recurring": {"interval": "month"}}
        return [self.do("POST /v1/prices", unit_amount=str(amount), **monthly)["id"] for amount in amounts]

    def subscribe(self, customer: str, price: str, quantity: int = 1, **more: Any) -> Any:
        """A subscription."""
        return self.do("POST /v1/subscriptions", customer=customer, items=[{"price": price, "quantity": str(quantity)}],
                       **{"expand": ["latest_invoice"], **more})  # fmt: skip

    def portal(self, customer: str, *prices: str, behavior: str = "create_prorations") -> str:
        """A session of a portal that offers prices, quantities, cancelling and other cards."""
        product = self.do(f"GET /v1/prices/{prices[0]}")["product"]
        updates = {
            "enabled": "true", "default_allowed_updates": ["price", "quantity"], "proration_behavior": behavior,
            "products": [{"product": product, "prices": list(prices)}],
        }  # fmt: skip
        features = {
            "subscription_update": updates,
            "subscription_cancel": {"enabled": "true"},
            "payment_method_update": {"enabled": "true"},
        }
        configuration = self.do("POST /v1/billing_portal/configurations", features=features)["id"]
        return str(self.do("POST /v1/billing_portal/sessions", customer=customer, configuration=configuration)["id"])

    def renewal(self, subscription: Any) -> Any:
        """The invoice of the next renewal, a month and some days later."""
        self.wait(32)
        name = self.do(f"GET /v1/subscriptions/{subscription['id']}")["latest_invoice"]
        return self.do(f"GET /v1/invoices/{name}")


def confirmed_in_the_browser(stage: Stage) -> None:
    """A payment for 20.00 is confirmed in the browser."""
    intent = stage.do("POST /v1/payment_intents", amount="2000", currency="usd", customer=stage.customer(None))["id"]
    stage.unseen(f"POST /v1/payment_intents/{intent}/confirm", payment_method="pm_card_visa", return_url="https://shop.test")
    stage.do(f"GET /v1/payment_intents/{intent}", expand=["latest_charge"])


def declined_in_the_browser(stage: Stage) -> None:
    """The first card is declined, the second pays."""
    intent = stage.do("POST /v1/payment_intents", amount="2000", currency="usd", customer=stage.customer(None))["id"]
    stage._send(f"POST /v1/payment_intents/{intent}/confirm", {"payment_method": "pm_card_chargeDeclined", "return_url": "https://a.test"})
    stage._deliver()
    stage.do(f"GET /v1/payment_intents/{intent}")
    stage.unseen(f"POST /v1/payment_intents/{intent}/confirm", payment_method="pm_card_mastercard", return_url="https://shop.test")
    stage.do(f"GET /v1/payment_intents/{intent}")


def authenticated(stage: Stage) -> None:
    """The bank asks for authentication, and the customer gives it."""
    intent = stage.do(
        "POST /v1/payment_intents", amount="2000", currency="usd", payment_method="pm_card_threeDSecure2Required", confirm="true",
        return_url="https://shop.test", customer=stage.customer(None),
    )["id"]  # fmt: skip
    stage.unseen(f"POST /_replayer/payment_intents/{intent}/authorize")
    stage.do(f"GET /v1/payment_intents/{intent}")


def set_up(stage: Stage) -> None:
    """A card is set up in the browser, and then charged by the program."""
    customer = stage.customer(None)
    intent = stage.do("POST /v1/setup_intents", customer=customer, usage="off_session")["id"]
    stage.unseen(f"POST /v1/setup_intents/{intent}/confirm", payment_method="pm_card_visa", return_url="https://shop.test")
    method = stage.do(f"GET /v1/setup_intents/{intent}")["payment_method"]
    given = {"amount": "700", "currency": "usd", "customer": customer, "payment_method": method}
    stage.do("POST /v1/payment_intents", confirm="true", off_session="true", **given)


def first_invoice_confirmed(stage: Stage) -> None:
    """A subscription waits for its first payment, which is confirmed in the browser; then it renews by itself."""
    customer = stage.customer(None)
    (price,) = stage.prices(1000)
    made = stage.subscribe(
        customer, price, payment_behavior="default_incomplete", payment_settings={"save_default_payment_method": "on_subscription"},
        expand=["latest_invoice.payments"],
    )  # fmt: skip
    intent = made["latest_invoice"]["payments"]["data"][0]["payment"]["payment_intent"]
    stage.unseen(f"POST /v1/payment_intents/{intent}/confirm", payment_method="pm_card_visa", return_url="https://shop.test")
    stage.do(f"GET /v1/subscriptions/{made['id']}")
    stage.renewal(made)


def checkout_paid(stage: Stage) -> None:
    """A Checkout page for a payment is completed."""
    product = stage.do("POST /v1/products", name="Pot")["id"]
    price = stage.do("POST /v1/prices", unit_amount="1500", currency="usd", product=product)["id"]
    page = {"mode": "payment", "line_items": [{"price": price, "quantity": "2"}], "success_url": "https://shop.test"}
    session = stage.do("POST /v1/checkout/sessions", customer=stage.customer(None), **page)["id"]
    stage.unseen(f"POST /_replayer/checkout/sessions/{session}/complete", payment_method="pm_card_visa", email="a@shop.test", name="A")
    paid = stage.do(f"GET /v1/checkout/sessions/{session}")["payment_intent"]
    stage.do("POST /v1/refunds", payment_intent=paid, amount="500")


def refunded_by_an_event(stage: Stage) -> None:
    """The program gives money back of a charge that nothing but an event has named."""
    product = stage.do("POST /v1/products", name="Pot")["id"]
    price = stage.do("POST /v1/prices", unit_amount="1500", currency="usd", product=product)["id"]
    page = {"mode": "payment", "line_items": [{"price": price, "quantity": "1"}], "success_url": "https://shop.test"}
    session = stage.do("POST /v1/checkout/sessions", customer=stage.customer(None), **page)["id"]
    stage.unseen(f"POST /_replayer/checkout/sessions/{session}/complete", payment_method="pm_card_visa", email="a@shop.test", name="A")
    events = [one.request.params for one in stage.exchanges if one.lane == "webhook"]
    charge = next(event["data"]["object"]["id"] for event in events if event["type"] == "charge.succeeded")
    stage.do("POST /v1/refunds", charge=charge, amount="500")


def checkout_subscribed(stage: Stage) -> None:
    """A Checkout page for a subscription is completed; the program then changes it, and it renews."""
    low, high = stage.prices(1000, 3000)
    page = {"mode": "subscription", "line_items": [{"price": low, "quantity": "1"}], "success_url": "https://shop.test"}
    session = stage.do("POST /v1/checkout/sessions", customer=stage.customer(None), **page)["id"]
    stage.unseen(f"POST /_replayer/checkout/sessions/{session}/complete", payment_method="pm_card_visa", email="a@shop.test", name="A")
    made = stage.do(f"GET /v1/subscriptions/{stage.do(f'GET /v1/checkout/sessions/{session}')['subscription']}")
    stage.wait(10)
    item = made["items"]["data"][0]["id"]
    stage.do(f"POST /v1/subscriptions/{made['id']}", items=[{"id": item, "price": high}])
    stage.renewal(made)


def changed_in_the_portal(stage: Stage) -> None:
    """A customer takes the dearer plan, twice, in the portal."""
    customer, prices = stage.customer(), stage.prices(1000, 3000)
    made = stage.subscribe(customer, prices[0])
    session = stage.portal(customer, *prices)
    stage.wait(10)
    stage.unseen(f"POST /_replayer/billing_portal/sessions/{session}/update_subscription", price=prices[1], quantity="2")
    stage.renewal(made)


def billed_in_the_portal(stage: Stage) -> None:
    """The portal's configuration bills a change at once."""
    customer, prices = stage.customer(), stage.prices(1000, 3000)
    made = stage.subscribe(customer, prices[0])
    session = stage.portal(customer, *prices, behavior="always_invoice")
    stage.wait(10)
    stage.unseen(f"POST /_replayer/billing_portal/sessions/{session}/update_subscription", price=prices[1], quantity="1")
    stage.do("GET /v1/invoices", customer=customer)
    stage.renewal(made)


def cancelled_in_the_portal(stage: Stage) -> None:
    """A customer cancels at the period's end, and thinks again a week later."""
    customer, prices = stage.customer(), stage.prices(1000, 3000)
    made = stage.subscribe(customer, prices[0])
    session = stage.portal(customer, *prices)
    stage.wait(5)
    stage.unseen(f"POST /_replayer/billing_portal/sessions/{session}/cancel_subscription")
    stage.do(f"GET /v1/subscriptions/{made['id']}")
    stage.wait(7)
    stage.unseen(f"POST /_replayer/billing_portal/sessions/{session}/renew_subscription")
    stage.renewal(made)


def left_in_the_portal(stage: Stage) -> None:
    """A customer cancels at the period's end, and is gone then."""
    customer, prices = stage.customer(), stage.prices(1000, 3000)
    made = stage.subscribe(customer, prices[0])
    session = stage.portal(customer, *prices)
    stage.wait(5)
    stage.unseen(f"POST /_replayer/billing_portal/sessions/{session}/cancel_subscription")
    stage.wait(30)
    stage.do(f"GET /v1/subscriptions/{made['id']}")
    stage.do("GET /v1/invoices", customer=customer)


def another_card(stage: Stage) -> None:
    """A card that will be declined is replaced in the portal before the renewal."""
    customer, prices = stage.customer(), stage.prices(1000)
    made = stage.subscribe(customer, prices[0])
    bad = stage.do("POST /v1/payment_methods/pm_card_chargeCustomerFail/attach", customer=customer)["id"]
    stage.do(f"POST /v1/customers/{customer}", invoice_settings={"default_payment_method": bad})
    session = stage.portal(customer, *prices)
    stage.wait(5)
    stage.unseen(f"POST /_replayer/billing_portal/sessions/{session}/update_payment_method", payment_method="pm_card_mastercard")
    stage.renewal(made)


def changed_in_the_dashboard(stage: Stage) -> None:
    """Somebody changes the quantity in the Dashboard, with prorations that are told."""
    customer, (price,) = stage.customer(), stage.prices(1000)
    made = stage.subscribe(customer, price)
    stage.wait(10)
    item = made["items"]["data"][0]["id"]
    stage.unseen(f"POST /v1/subscriptions/{made['id']}", items=[{"id": item, "quantity": "4"}], proration_behavior="create_prorations")
    stage.renewal(made)


def refunded_in_the_dashboard(stage: Stage) -> None:
    """Somebody gives 3.00 of 20.00 back; the program gives 4.00 more."""
    given = {"amount": "2000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true", "return_url": "https://a.test"}
    intent = stage.do("POST /v1/payment_intents", customer=stage.customer(None), **given)
    stage.unseen("POST /v1/refunds", payment_intent=intent["id"], amount="300")
    stage.do(f"GET /v1/charges/{intent['latest_charge']}")
    stage.do("POST /v1/refunds", payment_intent=intent["id"], amount="400")
    stage.do(f"GET /v1/charges/{intent['latest_charge']}")


def credited_in_the_dashboard(stage: Stage) -> None:
    """The program gives a credit of 1.00, somebody else one of 4.00, who also adds a pot for 7.00 to the next invoice."""
    customer, (price,) = stage.customer(), stage.prices(1000)
    made = stage.subscribe(customer, price)
    stage.do(f"POST /v1/customers/{customer}/balance_transactions", amount="-100", currency="usd")
    stage.wait(3)
    stage.unseen(f"POST /v1/customers/{customer}/balance_transactions", amount="-400", currency="usd")
    stage.unseen("POST /v1/invoiceitems", customer=customer, amount="700", currency="usd", description="A pot")
    stage.renewal(made)


def noted_in_the_dashboard(stage: Stage) -> None:
    """Somebody credits 2.50 of a paid invoice to the balance; the renewal is paid by it."""
    customer, (price,) = stage.customer(), stage.prices(1000)
    made = stage.subscribe(customer, price, expand=["latest_invoice"])
    invoice = made["latest_invoice"]
    line = {"type": "invoice_line_item", "invoice_line_item": invoice["lines"]["data"][0]["id"], "amount": "250"}
    stage.unseen("POST /v1/credit_notes", invoice=invoice["id"], lines=[line], credit_amount="250")
    stage.renewal(made)


def disputed_at_the_bank(stage: Stage) -> None:
    """A customer's bank takes 20.00 back."""
    given = {"amount": "2000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true", "return_url": "https://a.test"}
    intent = stage.do("POST /v1/payment_intents", customer=stage.customer(None), **given)
    stage.wait(3)
    stage.unseen(f"POST /_replayer/charges/{intent['latest_charge']}/dispute", reason="product_not_received")
    stage.do(f"GET /v1/charges/{intent['latest_charge']}")
    stage.do("GET /v1/balance_transactions")


STORIES: dict[str, Callable[[Stage], None]] = {
    story.__name__.replace("_", " "): story
    for story in (
        confirmed_in_the_browser, declined_in_the_browser, authenticated, set_up, first_invoice_confirmed, checkout_paid, refunded_by_an_event,
        checkout_subscribed, changed_in_the_portal, billed_in_the_portal, cancelled_in_the_portal, left_in_the_portal, another_card,
        changed_in_the_dashboard, refunded_in_the_dashboard, credited_in_the_dashboard, noted_in_the_dashboard, disputed_at_the_bank,
    )
}  # fmt: skip
# Those of which later answers show enough, where no event is told.
BY_READS = ("confirmed in the browser", "authenticated", "refunded in the dashboard")
