"""A small shop on the official Stripe SDK, whose traffic is the demo's capture: customers, payments, a decline, refunds.

`make demo-capture` runs it through the real recorder against the simulator:
    replayer record --out captures/demo-shop --upstream SIMULATOR -- python captures/shop.py
"""

import os

import stripe

ORDERS = [  # customer, card, amount in minor units, currency, what becomes of it
    ("Ada", "pm_card_visa", 4200, "usd", "kept"),
    ("Ada", "pm_card_visa", 1999, "usd", "returned"),
    ("Ben", "pm_card_mastercard", 12050, "usd", "kept"),
    ("Ben", "pm_card_mastercard", 600, "usd", "half returned"),
    ("Chiyo", "pm_card_jcb", 7800, "jpy", "kept"),
    ("Dora", "pm_card_visa_chargeDeclined", 3100, "usd", "declined"),
    ("Eve", "pm_card_amex", 2500, "eur", "authorised"),
    ("Eve", "pm_card_amex", 900, "eur", "kept"),
]


def main() -> None:
    """Sell everything in ORDERS."""
    client = stripe.StripeClient(
        os.environ.get("STRIPE_API_KEY", "sk_test_demo_shop"), base_addresses={"api": os.environ["STRIPE_API_BASE"]}, max_network_retries=0
    )
    customers: dict[str, str] = {}
    for number, (name, card, amount, currency, fate) in enumerate(ORDERS, 1):
        if name not in customers:
            made = client.v1.customers.create({"name": name, "email": f"{name.lower()}@example.com", "metadata": {"shop": "demo"}})
            customers[name] = made.id
        sell(client, customers[name], card, amount, currency, fate, number)
    for customer in customers.values():
        client.v1.customers.retrieve(customer)


def sell(client: stripe.StripeClient, customer: str, card: str, amount: int, currency: str, fate: str, number: int) -> None:
    """Take one payment, and do with it what the order says."""
    capture = "manual" if fate == "authorised" else "automatic"
    try:
        intent = client.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": currency,
                "customer": customer,
                "payment_method": card,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                "capture_method": capture,
                "confirm": True,
                "description": f"order {number}",
                "metadata": {"order": str(number)},
            }
        )
    except stripe.CardError:
        return
    if fate == "authorised":
        client.v1.payment_intents.capture(intent.id)
    elif fate in ("returned", "half returned"):
        back = amount if fate == "returned" else amount // 2
        client.v1.refunds.create({"payment_intent": intent.id, "amount": back})
    client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})


if __name__ == "__main__":
    main()
