"""Webhook endpoints: what reaches them, signed and in which version, over real sockets."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from replayer.simulator.deliveries import Postman
from replayer.simulator.http import make_server
from replayer.simulator.webhooks import Delivery
from replayer.stripeapi.signatures import verify
from tests.simulator.conftest import NOW

HOOK = {"url": "http://127.0.0.1:9/hook", "enabled_events": ["customer.created"]}


@contextmanager
def receiver(*, fail=0):
    """A user's endpoint: what it got; the first `fail` deliveries it answers with a 500."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if len(got) <= fail else 200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", got
        server.shutdown()
        thread.join()


def wait_for(condition):
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
    assert condition()


def test_the_secret_is_shown_once(account):
    made = account.ok("POST /v1/webhook_endpoints", HOOK)
    assert made["secret"].startswith("whsec_")
    assert "secret" not in account.ok(f"GET /v1/webhook_endpoints/{made['id']}")


def test_only_events_that_are_wanted_wait(account):
    account.ok("POST /v1/webhook_endpoints", HOOK)
    account.customer()
    account.ok("POST /v1/products", {"name": "A"})
    (delivery,) = account.simulator.take_deliveries()
    body = json.loads(delivery.body)
    assert (body["type"], body["pending_webhooks"], delivery.url) == ("customer.created", 1, HOOK["url"])
    assert account.simulator.take_deliveries() == []


@pytest.mark.parametrize("change", [{"enabled_events": ["product.created"]}, {"disabled": "true"}, None])
def test_an_endpoint_changed_or_taken_away_gets_no_more(account, change):
    made = account.ok("POST /v1/webhook_endpoints", HOOK)
    if change is None:
        account.ok(f"DELETE /v1/webhook_endpoints/{made['id']}")
    else:
        account.ok(f"POST /v1/webhook_endpoints/{made['id']}", change)
    account.customer()
    assert account.simulator.take_deliveries() == []


def test_an_event_comes_in_the_version_of_its_endpoint(account):
    account.ok("POST /v1/webhook_endpoints", {**HOOK, "enabled_events": ["charge.succeeded"], "api_version": "2020-08-27"})
    account.ok("POST /v1/webhook_endpoints", {**HOOK, "enabled_events": ["charge.succeeded"]})
    account.paid()
    old, new = (json.loads(delivery.body) for delivery in account.simulator.take_deliveries())
    assert (old["api_version"], new["api_version"]) == ("2020-08-27", account.version)
    assert "refunds" in old["data"]["object"]
    assert "refunds" not in new["data"]["object"]


def test_a_preview_tells_nobody(account):
    account.ok("POST /v1/webhook_endpoints", {**HOOK, "enabled_events": ["*"]})
    customer = account.customer()
    account.ok("POST /v1/invoiceitems", {"customer": customer, "amount": "500", "currency": "usd"})
    account.simulator.take_deliveries()
    account.ok("POST /v1/invoices/create_preview", {"customer": customer})
    assert account.simulator.take_deliveries() == []


def test_a_server_delivers_signed_events_until_they_are_taken():
    with receiver() as (url, got), make_server("127.0.0.1", 0, now=NOW) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        headers = {"authorization": "Bearer sk_test_a", "content-type": "application/x-www-form-urlencoded"}
        made = server.answer("POST", "/v1/webhook_endpoints", headers, f"url={url}&enabled_events[]=*".encode()).body
        server.answer("POST", "/v1/customers", headers, b"email=a@b.example")
        wait_for(lambda: got)
        sent, body = got[0]
        assert verify(body, sent["Stripe-Signature"], made["secret"], time.time())
        event = json.loads(body)
        assert event["type"] == "customer.created"
        assert event["request"]["id"]
        wait_for(lambda: server.answer("GET", f"/v1/events/{event['id']}", headers, b"").body["pending_webhooks"] == 0)
        server.shutdown()
        thread.join()


def _delivery(url):
    return Delivery(url, "whsec_x", b"{}", None)


def test_one_that_is_not_taken_is_tried_again():
    taken = []
    with receiver(fail=2) as (url, got):
        postman = Postman(taken.append, retries=(0.01, 0.01))
        postman.take([_delivery(url)])
        wait_for(lambda: taken)
        postman.close()
    assert len(got) == 3


def test_one_that_is_never_taken_is_given_up():
    with receiver(fail=99) as (url, got):
        taken = []
        postman = Postman(taken.append, retries=(0.01,))
        postman.take([_delivery(url)])
        wait_for(lambda: len(got) == 2)
        postman.close()
    assert taken == []


def test_nothing_leaves_this_machine_unless_it_is_allowed(capsys, monkeypatch):
    tried = []
    monkeypatch.setattr("replayer.simulator.deliveries._sent", lambda client, delivery: tried.append(delivery.url) or True)
    postman = Postman(lambda _: None, allowed=["app"])
    urls = ["https://shop.example/hook", "https://shop.example/hook", "http://localhost:1/h", "http://127.0.0.9:1/h", "http://app:1/h"]
    postman.take(map(_delivery, urls))
    wait_for(lambda: len(tried) == 3)
    postman.close()
    assert tried == urls[2:]
    assert capsys.readouterr().err.count("shop.example") == 2  # said once: the host, and how to allow it
