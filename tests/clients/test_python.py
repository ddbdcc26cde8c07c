"""The official Python SDK, sync and async, through a subscription's life with its webhooks."""

from __future__ import annotations

import asyncio

import pytest
import stripe

from tests.clients.conftest import TOLD


def _client(url, http_client):
    return stripe.StripeClient("sk_test_python", base_addresses={"api": url}, http_client=http_client, max_network_retries=0)


def _verified(endpoint, secret):
    return [stripe.Webhook.construct_event(body, signature, secret).type for body, signature in endpoint.got]


def test_sync(simulator_url, endpoint):
    http_client = stripe.RequestsClient()
    v1 = _client(simulator_url, http_client).v1
    hook = v1.webhook_endpoints.create({"url": endpoint.url, "enabled_events": ["*"]})
    customer = v1.customers.create(
        {"email": "a@b.example", "payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )
    product = v1.products.create({"name": "Gold"})
    price = v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"}})
    subscription = v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}], "expand": ["latest_invoice"]})
    assert subscription.status == "active"
    assert subscription.latest_invoice.amount_paid == 1500
    item = subscription["items"].data[0].id
    v1.subscriptions.update(subscription.id, {"items": [{"id": item, "quantity": 3}], "proration_behavior": "always_invoice"})
    assert [invoice.status for invoice in v1.invoices.list({"customer": customer.id}).auto_paging_iter()] == ["paid", "paid"]
    assert v1.subscriptions.cancel(subscription.id).status == "canceled"
    endpoint.wait_for(*TOLD)
    assert set(TOLD) <= set(_verified(endpoint, hook.secret))
    http_client.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK hands httpx its certificates in an old way
def test_async(simulator_url, endpoint):
    async def live():
        http_client = stripe.HTTPXClient()
        v1 = _client(simulator_url, http_client).v1
        hook = await v1.webhook_endpoints.create_async({"url": endpoint.url, "enabled_events": ["*"]})
        card = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
        customers = await asyncio.gather(*(v1.customers.create_async(card) for _ in range(5)))
        product = await v1.products.create_async({"name": "Gold"})
        price = await v1.prices.create_async(
            {"product": product.id, "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"}}
        )
        made = await asyncio.gather(
            *(v1.subscriptions.create_async({"customer": one.id, "items": [{"price": price.id}]}) for one in customers)
        )
        for subscription in made:
            await v1.subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})
            await v1.subscriptions.cancel_async(subscription.id)
        await http_client.close_async()
        return hook.secret, [subscription.status for subscription in made]

    secret, statuses = asyncio.run(live())
    assert statuses == ["active"] * 5
    endpoint.wait_for(*TOLD)
    assert set(TOLD) <= set(_verified(endpoint, secret))
