"""A tea club on the official Stripe SDK, whose traffic is a capture of subscriptions: a change of plan, an old price, a decline.

`make demo-capture` runs it through the real recorder against the simulator:
    replayer record --out captures/demo-club --upstream SIMULATOR -- python captures/club.py
"""

import os

import stripe

MEMBERS = [  # member, card, plan, since when: those of before 2026 pay an old price until the club moves them
    ("Ada", "pm_card_visa", "basic_2024", "2024"),
    ("Ben", "pm_card_mastercard", "basic_2024", "2024"),
    ("Chiyo", "pm_card_jcb", "basic", "2026"),
    ("Dora", "pm_card_chargeCustomerFail", "basic", "2026"),
    ("Eve", "pm_card_amex", "basic", "2026"),
]
PLANS = {"basic_2024": 1500, "basic": 2000, "gold": 3500}


def main() -> None:
    """Let everybody join, Eve change to gold, and the club move its old members to today's price."""
    client = stripe.StripeClient(
        os.environ.get("STRIPE_API_KEY", "sk_test_demo_club"), base_addresses={"api": os.environ["STRIPE_API_BASE"]}, max_network_retries=0
    )
    product = client.v1.products.create({"name": "Tea club"})
    prices = {
        plan: client.v1.prices.create(
            {"product": product.id, "currency": "usd", "unit_amount": amount, "recurring": {"interval": "month"}, "lookup_key": plan}
        ).id
        for plan, amount in PLANS.items()
    }
    members = {name: join(client, name, card, prices[plan], since) for name, card, plan, since in MEMBERS}
    change(client, members["Eve"], prices["gold"])
    for name, _, _, since in MEMBERS:
        if since == "2024":
            change(client, members[name], prices["basic"], proration_behavior="none")
    for subscription in members.values():
        client.v1.subscriptions.retrieve(subscription, {"expand": ["latest_invoice"]})


def join(client: stripe.StripeClient, name: str, card: str, price: str, since: str) -> str:
    """Subscribe a member; the first payment may fail."""
    customer = client.v1.customers.create({"name": name, "email": f"{name.lower()}@example.com", "metadata": {"member_since": since}})
    method = client.v1.payment_methods.attach(card, {"customer": customer.id}).id
    client.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method}})
    given = {"customer": customer.id, "items": [{"price": price}], "payment_behavior": "allow_incomplete"}
    return client.v1.subscriptions.create(given).id


def change(client: stripe.StripeClient, subscription: str, price: str, **more: str) -> None:
    """Move a member to another plan: what is left of the month is settled with the next bill, unless told otherwise."""
    item = client.v1.subscriptions.retrieve(subscription)["items"]["data"][0]["id"]
    client.v1.subscriptions.update(subscription, {"items": [{"id": item, "price": price}], **more})


if __name__ == "__main__":
    main()
