"""The simulator over HTTP, with the official SDK as its client."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import stripe

from replayer.model import BaselineObject
from replayer.simulator.http import Server, make_server


@pytest.fixture
def server() -> Iterator[Server]:
    laid = BaselineObject(
        id="cus_Laid0000000001",
        object="customer",
        provenance="observed",
        state={"id": "cus_Laid0000000001", "object": "customer", "name": "L"},
    )
    with make_server("127.0.0.1", 0, [laid]) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def client(server: Server) -> Iterator[stripe.StripeClient]:
    http_client = stripe.RequestsClient()
    found = stripe.StripeClient(
        "sk_test_sdk",
        base_addresses={"api": f"http://127.0.0.1:{server.server_address[1]}"},
        http_client=http_client,
        max_network_retries=0,
    )
    yield found
    http_client.close()


def _raw(server: Server, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.request(
        method, path, body=body, headers={"Authorization": "Bearer sk_test_raw", **{k.replace("_", "-"): v for k, v in headers.items()}}
    )
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


def test_a_customer_pays_and_gets_money_back(client):
    customer = client.v1.customers.create({"email": "a@example.test", "metadata": {"plan": "gold"}})
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    client.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": card.id}})
    intent = client.v1.payment_intents.create({
        "amount": 2900, "currency": "usd", "customer": customer.id, "payment_method": card.id, "confirm": True,
        "return_url": "https://example.test/", "expand": ["latest_charge"],
    })  # fmt: skip
    assert intent.status == "succeeded"
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert intent.latest_charge.payment_method_details is not None
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 900})
    assert (refund.status, refund.amount) == ("succeeded", 900)
    charge = client.v1.charges.retrieve(intent.latest_charge.id, {"expand": ["balance_transaction", "customer", "refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (900, False)
    assert charge.refunds is not None
    assert [found.id for found in charge.refunds.data] == [refund.id]
    assert isinstance(charge.customer, stripe.Customer)


def test_pages_are_followed_to_the_end(client):
    made = [client.v1.customers.create({"name": f"C{n}"}).id for n in range(7)]
    listed = [customer.id for customer in client.v1.customers.list({"limit": 3}).auto_paging_iter()]
    assert listed == [*made[::-1], "cus_Laid0000000001"]


def test_errors_are_the_sdks_own(client):
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.customers.retrieve("cus_missing")
    assert (missing.value.http_status, missing.value.code, missing.value.param) == (404, "resource_missing", "id")
    assert missing.value.request_id
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        client.v1.customers.create({"unicorn": 1})  # type: ignore[typeddict-unknown-key]
    assert unknown.value.code == "parameter_unknown"
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "payment_method": "pm_card_chargeDeclined", "confirm": True, "return_url": "https://x.test/"}
        )
    assert declined.value.error is not None
    assert declined.value.error.decline_code == "generic_decline"
    assert declined.value.error.payment_intent.status == "requires_payment_method"


def test_another_key_is_another_account(client, server):
    customer = client.v1.customers.create()
    assert _raw(server, "GET", f"/v1/customers/{customer.id}")[0] == 404


def test_idempotency_keys_reach_the_simulator(client):
    first = client.v1.customers.create({"name": "A"}, {"idempotency_key": "once"})
    again = client.v1.customers.create({"name": "A"}, {"idempotency_key": "once"})
    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"name": "B"}, {"idempotency_key": "once"})


def test_the_version_decides_the_fields(client):
    intent = client.v1.payment_intents.create({"amount": 900, "currency": "usd"})
    old = client.v1.payment_intents.retrieve(intent.id, {}, {"stripe_version": "2020-08-27"})
    assert "charges" in old
    assert "charges" not in intent


def test_the_baseline_lies_under_every_account(client, server):
    assert client.v1.customers.retrieve("cus_Laid0000000001").name == "L"
    assert _raw(server, "GET", "/v1/customers/cus_Laid0000000001")[0] == 200


def test_answers_say_who_answered(server):
    status, headers, content = _raw(server, "POST", "/v1/customers", b"name=A", Stripe_Version="2025-10-29.clover", Idempotency_Key="k")
    assert status == 200
    assert headers["replayer-origin"] == "simulator"
    assert headers["stripe-version"] == "2025-10-29.clover"
    assert headers["idempotency-key"] == "k"
    assert headers["original-request"] == headers["request-id"]
    assert headers["content-type"] == "application/json"
    assert json.loads(content)["name"] == "A"


def test_basic_authorization_is_taken_and_none_is_refused(server):
    assert _raw(server, "GET", "/v1/customers", Authorization="Basic c2tfdGVzdF9iYXNpYzo=")[0] == 200
    status, headers, _ = _raw(server, "GET", "/v1/customers", Authorization="")
    assert (status, headers["stripe-should-retry"]) == (401, "false")


def test_what_it_cannot_know_it_says(server):
    body = b"type=card&card[number]=4111111111111111"
    status, headers, content = _raw(server, "POST", "/v1/payment_methods", body, Content_Type="application/x-www-form-urlencoded")
    assert (status, headers["stripe-should-retry"]) == (501, "false")
    assert "cannot answer" in json.loads(content)["error"]["message"]


@pytest.mark.parametrize(
    "message",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nContent-Length: abc\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /v1/customers HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
    ],
)
def test_malformed_messages_are_a_400_and_the_server_lives_on(server, message):
    with socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=5) as connection:
        connection.sendall(message)
        assert connection.recv(4096).startswith(b"HTTP/1.1 400")
    assert _raw(server, "GET", "/v1/customers")[0] == 200


def test_chunked_bodies_and_kept_connections(server):
    message = (
        b"POST /v1/customers HTTP/1.1\r\nAuthorization: Bearer sk_test_raw\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n4\r\nname\r\n2\r\n=A\r\n0\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=5) as connection:
        for _ in range(2):
            connection.sendall(message)
            answer = b""
            while not answer.rstrip().endswith(b"}"):
                answer += connection.recv(65536)
            assert b'"name": "A"' in answer


def test_many_at_once_are_answered_one_after_the_other(server):
    ids: list[str] = []

    def work() -> None:
        ids.extend(json.loads(_raw(server, "POST", "/v1/customers")[2])["id"] for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 80


def test_the_clock_is_the_walls(server):
    created = json.loads(_raw(server, "POST", "/v1/customers")[2])["created"]
    assert abs(created - time.time()) < 5
