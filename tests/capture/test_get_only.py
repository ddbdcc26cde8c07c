"""The client that reads from Stripe: nothing but GET leaves it, to nobody but Stripe, with no key but a restricted one."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from replayer.capture.get_only import Reader, check_key, check_upstream, guarded
from replayer.model import Refused, TargetError

KEY = "rk_test_A1b2C3d4E5f6"
VERBS = [
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "GET ",
    "QUERY",
    "",
    "POST / HTTP/1.1\r\nX: GET",
]


@pytest.fixture
def wire():
    """What reaches a server, as request lines with their headers and bodies."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self):
            line = self.rfile.readline()
            if not line:
                self.close_connection = True
                return
            head = [line]
            while (more := self.rfile.readline()) not in (b"\r\n", b""):
                head.append(more)
            seen.append(b"".join(head).decode())
            if b"drop" in line and len(seen) < 3:
                self.close_connection = True
                return
            status = (
                b"302 Found\r\nLocation: /v1/elsewhere"
                if b"redirect" in line
                else b"429 No\r\nRetry-After: 0"
                if seen[-1].count("busy") and len(seen) < 3
                else b"200 OK"
            )
            self.wfile.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\n{}")

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        seen_at = f"http://127.0.0.1:{server.server_port}"
        yield seen_at, seen
        server.shutdown()


@pytest.fixture
def reading(wire):
    """A reader of the server, closed at the end."""
    reader = Reader(KEY, upstream=wire[0])
    yield reader
    reader.close()


def test_a_get_is_sent_and_nothing_goes_along_that_was_not_meant_to(wire, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    url, seen = wire
    reader = Reader(KEY, upstream=url)
    assert reader.get("/v1/customers/cus_A1b2C3d4", version="2026-03-25.dahlia", account="acct_A1b2C3d4")[:2] == (200, {})
    assert seen[0].startswith("GET /v1/customers/cus_A1b2C3d4 HTTP/1.1")
    assert "uthorization: Bearer " + KEY in seen[0]
    assert "user-agent" not in seen[0].lower()
    assert reader.get("/v1/customers/redirect")[0] == 302
    assert len(seen) == 2
    reader.close()


def test_stripe_is_asked_again_where_it_asks_to_wait(wire, reading):
    _, seen = wire
    assert reading.get("/v1/customers/busy")[0] == 200
    assert len(seen) == 3


@pytest.mark.parametrize("verb", VERBS)
def test_no_other_verb_leaves_by_any_way_that_httpx_has(wire, reading, verb):
    url, seen = wire
    client = reading._client
    target = f"{url}/v1/customers"
    request = httpx.Request(verb, target)
    turned = client.build_request("GET", target)
    turned.method = verb
    ways = [
        lambda: client.request(verb, "/v1/customers"),
        lambda: client.request(verb, target, data={"name": "x"}),
        lambda: client.send(request),
        lambda: client.send(turned),
        lambda: client.send(client.build_request(verb, target, json={"a": 1})),
        lambda: client.stream(verb, target).__enter__(),
        lambda: client._transport.handle_request(request),
        lambda: client._transport_for_url(httpx.URL(target)).handle_request(request),
        lambda: client._send_single_request(request),
        lambda: client._send_handling_redirects(request, follow_redirects=True, history=[]),
    ]
    for way in ways:
        with pytest.raises((Refused, httpx.LocalProtocolError)):
            way()
    assert seen == []


def test_the_shorthands_are_refused_too_and_so_is_a_get_with_a_body_or_to_another_host(wire, reading):
    url, seen = wire
    client = reading._client
    ways = [lambda name=name: getattr(client, name)("/v1/customers") for name in ("post", "put", "patch", "delete", "head", "options")]
    ways += [
        lambda: client.request("GET", "/v1/customers", data={"name": "x"}),
        lambda: client.request("GET", "/v1/customers", content=iter([b"x"])),
        lambda: client.get(url.replace("127.0.0.1", "localhost") + "/v1/customers"),
        lambda: client.get("http://127.0.0.1:9/v1/customers"),
        lambda: client.get("https://example.com/v1/customers"),
        lambda: client.get("/"),
        lambda: client.get("/v1/customers/../../x y"),
    ]
    for way in ways:
        with pytest.raises(Refused):
            way()
    assert seen == []


def test_headers_that_would_turn_a_get_into_something_else_do_not_leave(wire, reading):
    _, seen = wire
    reading._client.get("/v1/customers/a", headers={"x-http-method-override": "DELETE", "transfer-encoding": "chunked", "cookie": "a"})
    assert not any(word in seen[0].lower() for word in ("override", "chunked", "cookie", "content-length"))


def test_the_gate_is_what_holds(wire):
    """Without it the same ways reach the server: the tests above can fail."""
    url, seen = wire
    with httpx.Client(base_url=url, trust_env=False) as client:
        client.post("/v1/customers")
    assert len(seen) == 1
    assert guarded(httpx.HTTPTransport(), url) is not None


@pytest.mark.parametrize(
    ("key", "word"),
    [("sk_live_A1b2C3d4E5f6", "secret key"), ("sk_test_A1b2C3d4E5f6", "secret key"), ("sk_org_A1b2C3d4E5f6", "organisation"), ("sk_org_live_A1b2C3d4", "organisation"),
     ("pk_live_A1b2C3d4E5f6", "publishable"), ("", "not set"), ("garbage", "no restricted"), ("rk_live_", "no restricted"), ("rk_prod_A1b2C3d4", "no restricted"),
     ("rk_live_A1b2C3d4 ", "no restricted"), ("xrk_live_A1b2C3d4", "no restricted"), ("rk_live_A1b2C3d4\n", "no restricted"), ("whsec_A1b2C3d4", "no restricted")],
)  # fmt: skip
def test_every_other_key_is_refused_before_a_byte_leaves_and_not_shown(wire, key, word):
    url, seen = wire
    with pytest.raises(Refused) as caught:
        Reader(key, upstream=url)
    assert word in caught.value.what
    assert "restricted key" in str(caught.value.hint)
    assert len(key) < 9 or key.strip() not in f"{caught.value} {caught.value.hint}"
    assert seen == []


def test_a_live_key_goes_to_stripe_only():
    assert check_key("rk_live_A1b2C3d4E5f6") == "live"
    assert check_upstream("https://api.stripe.com", "live") == check_upstream("https://api.stripe.com/", "live") == "https://api.stripe.com"
    for url in ("http://127.0.0.1:12111", "http://api.stripe.com", "https://api.stripe.com.evil.example", "https://evil.example", "https://a@api.stripe.com",
                "http://127.0.0.1@evil.example", "https://api.stripe.com:444", "http://127.0.0.1.evil.example", "http://10.0.0.1", ""):  # fmt: skip
        with pytest.raises(Refused):
            check_upstream(url, "live")
    assert check_upstream("http://[::1]:12111", "test") == "http://[::1]:12111"


def test_nobody_there_is_an_error_without_the_key():
    reader = Reader(KEY, upstream="http://127.0.0.1:9")
    with pytest.raises(TargetError) as caught:
        reader.get("/v1/customers/cus_A1b2C3d4")
    reader.close()
    assert KEY not in str(caught.value)


def test_a_connection_that_is_closed_without_an_answer_is_no_end(wire, reading):
    assert reading.get("/v1/customers/cus_drop")[0] == 200
    assert len(wire[1]) == 3
