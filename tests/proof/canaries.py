"""Canaries: texts that nobody may find on a disk, sent on every way into a capture; and every rule that keeps them off it, switched off.

A *hidden* canary may not stand anywhere as it is. A *traceless* one may not even leave its pseudonym: bearers, security codes, card numbers,
and what of the user's own traffic is not on the list.
"""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest

from replayer.capture import _pseudonyms, _test_cards, _walk, wire
from replayer.capture._allow_list import AllowList
from replayer.capture._pseudonyms import Pseudonyms
from replayer.capture._walk import Walk
from replayer.capture.get_only import Reader
from replayer.capture.importers import import_paths
from replayer.capture.merge import merge
from replayer.capture.project_key import ProjectKey
from replayer.capture.redact import Redactor
from replayer.capture.reredact import write_redacted
from replayer.capture.slice import write_slice
from replayer.capture.snapshot import snapshot
from replayer.capture.store import open_capture
from replayer.capture.stored_baseline import store_baselines
from replayer.record.addon import RecorderAddon
from replayer.record.journal import Journal
from replayer.record.lanes import Kept, Route
from replayer.stripeapi import sensitive
from tests.record.conftest import arguments, environment

KEY = ProjectKey(b"a key of the canaries")
API_KEY = "sk_test_4eC39HqLyjWDarjtCanary01"
BASIC = base64.b64encode(f"{API_KEY}:".encode()).decode()
NAMED = "cus_NamedByCanary1"  # an object that is named only, for the snapshot to read

HIDDEN = {
    "name": "Jane Canary", "email": "jane.canary@corp.example", "phone": "+1 555 0199 001", "line1": "1 Canary Street", "state": "Canaryland", "postal": "Q7Z 9X8",
    "map": "wish of a canary", "field name": "canary as a name 1", "unknown field": "unheard canary", "unknown number": 8675309123, "description": "order of a canary",
    "query": "canary.in.query@corp.example", "search": "canary.in.search@corp.example", "expand": "canary/in expand", "cursor": "canary in page", "chosen id": "canary-the-customer",
    "path": "canary in path", "json": "canary in json", "part": "canary in a part", "file name": "canary.pdf", "file": "content of a canary file", "error": "canary.quoted@corp.example",
    "param": "canary param!", "code": "Canary Code", "type": "Canary Type", "object": "Canary Object", "url": "canary.in.url@corp.example", "hosted url": "https://pay.corp.example/canary",
    "event": "canary of an event", "previous": "canary before", "event key": "canary-order-1", "key": "canary-order-2", "version": "canary version", "account": "canary account",
    "request id": "canary request id", "content type": "canary/Content Type", "cookie": "session=canary", "agent": "canary agent", "raw": "canary raw body", "text": "canary gateway text",
    "birth year": 79190277, "meter": "canary dimension", "app path": "canary in an app path", "app body": "canary in an app body", "app answer": "canary app answer",
    "snapshot": "canary of a snapshot", "own id": "canary own id",
}  # fmt: skip
TRACELESS = {
    "api key": API_KEY, "basic": BASIC, "key in text": f"our key is {API_KEY}", "bearer": "canary that a name makes a secret", "client secret": "pi_A1b2C3d4_secret_Canary9",
    "cvc": "9041788", "signature": "t=1790000000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd", "card": "4929123456789012",
    "card in text": "paid with 4917 6100 0000 0000", "unlisted": "canary that is not on the list", "unlisted answer": "canary of an unlisted answer", "hook": "answer of the canary endpoint",
}  # fmt: skip


class Seen(msgspec.Struct, frozen=True):
    """A request and its answer on the wire."""

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = {}
    answer: Any = {}
    status: int = 200
    more: dict[str, str] = {}
    lane: str = "api"

    @property
    def sent(self) -> dict[str, str]:
        kind = "application/x-www-form-urlencoded" if self.body else "text/plain"
        return {
            "Content-Type": kind,
            "Authorization": f"Bearer {API_KEY}",
            "Cookie": HIDDEN["cookie"],
            "User-Agent": HIDDEN["agent"],
            **self.headers,
        }  # type: ignore[dict-item]

    @property
    def received(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Date": "Thu, 26 Nov 2026 01:00:00 GMT",
            "Set-Cookie": str(HIDDEN["cookie"]),
            **self.more,
        }

    @property
    def content(self) -> bytes:
        return self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()


def form(*pairs: tuple[str, Any]) -> bytes:
    return urlencode([(name, str(value)) for name, value in pairs]).encode()


def traffic() -> list[Seen]:
    """Exchanges with a canary at every place that a user, an SDK or Stripe may put one."""
    h, t = HIDDEN, TRACELESS
    customer = {"id": "cus_A1b2C3d4", "object": "customer", "name": h["name"], "email": h["email"], "metadata": {"k": h["map"]}, "unheard": {"of": [h["unknown field"]]},
                "made_up": h["unknown number"], h["field name"]: "x", "address": {"state": h["state"], "postal_code": h["postal"], "line1": h["line1"]}}  # fmt: skip
    multipart = (
        f'--B\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n{h["part"]}\r\n--B\r\nContent-Disposition: form-data; name="file"; '
        f'filename="{h["file name"]}"\r\nContent-Type: {h["content type"]}\r\n\r\n{h["file"]}\r\n--B--\r\n'
    ).encode()
    error = {
        "error": {
            "type": h["type"],
            "code": h["code"],
            "param": h["param"],
            "message": f"No such customer: '{h['error']}'",
            "doc_url": h["hosted url"],
        }
    }
    event = {"id": "evt_A1b2C3d4", "object": "event", "type": "customer.updated", "created": 1790000000, "request": {"id": "req_A1b2C3d4", "idempotency_key": h["event key"]},
             "data": {"object": {**customer, "description": h["event"]}, "previous_attributes": {"email": h["previous"], h["field name"]: 1}}}  # fmt: skip
    odd = {
        "Stripe-Version": h["version"],
        "Stripe-Account": h["account"],
        "Idempotency-Key": h["key"],
        "Content-Type": "application/x-www-form-urlencoded",
    }
    intent = {"id": "pi_A1b2C3d4", "object": "payment_intent", "client_secret": t["client secret"], "description": h["description"]}
    bearer = {
        "id": "we_A1b2C3d4",
        "object": "webhook_endpoint",
        "secret": t["bearer"],
        "url": h["hosted url"],
        "metadata": {"a": t["key in text"]},
    }
    listed = {
        "object": "list",
        "data": [{"object": h["object"], "id": h["own id"], "type": h["type"]}],
        "url": f"/v1/charges?email={h['url']}",
        "has_more": False,
        "next_page": h["cursor"],
    }
    address = [("address[line1]", h["line1"]), ("address[state]", h["state"]), ("address[postal_code]", h["postal"])]
    payload = {"value": "3", "dimension": h["meter"]}
    return [
        Seen("POST", "/v1/customers", form(("name", h["name"]), ("email", h["email"]), ("phone", h["phone"]), ("metadata[k]", h["map"]), (f"metadata[{h['field name']}]", "x"), ("unheard[of]", h["unknown field"]), *address), answer=customer),
        Seen("POST", "/v1/payment_intents", form(("amount", 5), ("description", h["description"]), ("customer", h["chosen id"])), odd, intent, more={"Request-Id": str(h["request id"])}),
        Seen("POST", "/v1/tokens", form(("card[number]", "4242424242424242"), ("card[cvc]", t["cvc"])), answer={"id": "tok_1A2b3C4d", "object": "token", "client_secret": t["bearer"]}),
        Seen("POST", "/v1/payment_methods", form(("type", "card"), ("card[number]", t["card"]), ("card[exp_month]", 4))),
        Seen("POST", "/v1/charges", form(("amount", 5), ("description", t["card in text"]))),
        Seen("GET", f"/v1/customers?email={quote(str(h['query']))}&page={quote(str(h['cursor']))}&expand[]={quote(str(h['expand']))}", answer=listed),
        Seen("GET", f"/v1/customers/search?query={quote('email:' + chr(39) + str(h['search']) + chr(39))}", answer=error, status=400),
        Seen("GET", f"/v1/customers/{quote(str(h['chosen id']))}", answer=bearer),
        Seen("GET", f"/v1/{quote(str(h['path']))}/x", answer=error, status=404),
        Seen("POST", "/v2/core/accounts", json.dumps({"display_name": h["json"], "unheard": [h["json"], {"n": h["unknown number"]}]}).encode(), {"Content-Type": "application/json"}),
        Seen("POST", "/v1/files", multipart, {"Content-Type": "multipart/form-data; boundary=B"}, more={"Content-Type": str(h["content type"])}),
        Seen("POST", "/v1/accounts", form(("individual[dob][year]", h["birth year"])), answer={"object": "person", "id": "person_A1b2C3d4", "dob": {"year": h["birth year"]}}),
        Seen("POST", "/v1/billing/meter_events", form(("event_name", "calls"), *((f"payload[{name}]", value) for name, value in payload.items()))),
        Seen("POST", "/v1/customers", b"\xff" + str(h["raw"]).encode(), answer=str(h["text"]).encode(), status=502, more={"Content-Type": "text/html"}),
        Seen("GET", "/v1/balance", headers={"Authorization": f"Basic {BASIC}"}),
        Seen("POST", "/v1/invoiceitems", form(("customer", NAMED), ("amount", 5), ("currency", "usd"))),
        Seen("POST", "/", json.dumps(event).encode(), {"Content-Type": "application/json", "Stripe-Signature": t["signature"]}, {"answer": t["hook"]}, lane="webhook"),
        Seen("POST", f"/checkout/{quote(str(h['app path']))}?a={quote(str(h['app body']))}", json.dumps({"name": h["app body"], "plan": "gold", h["field name"]: 1}).encode(), {"Content-Type": "application/json"}, {"said": h["app answer"], "object": "customer", "description": h["app answer"]}, lane="app"),
        Seen("POST", "/private", json.dumps({"name": t["unlisted"]}).encode(), {"Content-Type": "application/json"}, {"said": t["unlisted answer"]}, lane="app"),
    ]  # fmt: skip


def pipeline(folder: Path) -> list[Path]:
    """Import, record, redact, merge, slice and take a snapshot in a folder; what was written is in the folders and the file returned."""
    source, redactor = folder / "source", Redactor(KEY)
    _write_files(source)
    import_paths([source], folder / "imported", redactor=redactor)
    store_baselines(folder / "imported")
    import_paths([source], folder / "trusted")
    store_baselines(folder / "trusted")
    write_redacted(open_capture(folder / "trusted"), folder / "redacted", Redactor(KEY))
    seen = traffic()
    _record(folder / "one", seen)
    _record(folder / "other", seen[::-1])
    merge([folder / "one", folder / "other"], folder / "merged")
    first = next(iter(open_capture(folder / "merged").exchanges())).id
    write_slice(open_capture(folder / "merged"), folder / "slice", last=f"x{int(first[1:]) + 12}")
    with _stripe() as url:
        reader = Reader("rk_test_A1b2C3d4E5f6", upstream=url)
        try:
            snapshot(open_capture(folder / "one"), folder / "state.json", reader, Redactor(KEY))
        finally:
            reader.close()
    return [folder / name for name in ("imported", "redacted", "one", "other", "merged", "slice", "state.json")]


def leaks(written: list[Path]) -> set[str]:
    """The canaries that stand in any byte of what was written, and the traceless ones that left their pseudonym."""
    files = [file for place in written for file in ([place] if place.is_file() else place.iterdir())]
    content = b"\n".join(file.read_bytes() for file in files)
    found = {name for name, text in {**HIDDEN, **TRACELESS}.items() if any(form in content for form in _forms(str(text)))}
    return found | {f"{name} (its pseudonym)" for name, text in TRACELESS.items() if KEY.digest("text", text).encode() in content}


def _forms(text: str) -> set[bytes]:
    """A text as it is, as JSON and as URLs write it, and inside base64 at each of its three offsets."""
    encoded = text.encode()
    shifted = (base64.b64encode(b"\0" * shift + encoded)[4:-4] for shift in range(3))
    return {encoded, json.dumps(text)[1:-1].encode(), quote(text, safe="").encode(), *(part for part in shifted if len(part) > 8)}


def _write_files(folder: Path) -> None:
    folder.mkdir()
    calls = [seen for seen in traffic() if seen.lane == "api"]
    vcr, har = [], []
    for seen in calls:
        url = f"https://api.stripe.com{seen.path}"
        body = {"base64_string": base64.b64encode(seen.body).decode()}
        answer = {
            "status": {"code": seen.status},
            "headers": seen.received,
            "body": {"base64_string": base64.b64encode(seen.content).decode()},
        }
        vcr.append({"request": {"method": seen.method, "uri": url, "headers": seen.sent, "body": body}, "response": answer})
        pairs = [[{"name": name, "value": value} for name, value in headers.items()] for headers in (seen.sent, seen.received)]
        posted = {"text": base64.b64encode(seen.body).decode(), "encoding": "base64"}
        content = {"text": base64.b64encode(seen.content).decode(), "encoding": "base64"}
        har.append({"request": {"method": seen.method, "url": url, "headers": pairs[0], "postData": posted}, "response": {"status": seen.status, "headers": pairs[1], "content": content}})  # fmt: skip
    (folder / "vcr.json").write_text(json.dumps({"version": 1, "interactions": vcr}))
    (folder / "archive.har").write_text(json.dumps({"log": {"entries": har}}))
    events = [json.loads(seen.body) for seen in traffic() if seen.lane == "webhook"]
    (folder / "events.json").write_text(json.dumps(events))


def _record(out: Path, traffic: list[Seen]) -> None:
    """What a recorder does, in this process: real flows through the real addon into the real journal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mitmproxy's own affair
        from mitmproxy.http import Response
        from mitmproxy.proxy.mode_specs import ProxyMode
        from mitmproxy.test import tflow, tutils
    modes = {
        lane: ProxyMode.parse(f"reverse:http://127.0.0.1:1@127.0.0.1:{port}") for port, lane in enumerate(("api", "webhook", "app"), 2)
    }
    routes = [Route(lane, mode.full_spec, None) for lane, mode in modes.items()]  # type: ignore[arg-type]
    kept = Kept(["/checkout", "plan"])
    app = Redactor(KEY, kept.fields, app_pseudonyms=True)
    journal = Journal(out, redactor=Redactor(KEY), app=kept, app_redactor=app)
    addon = RecorderAddon(journal, identify=lambda text: KEY.digest("api key", text), routes=routes)
    for seen in traffic:
        request = tutils.treq(method=seen.method.encode(), host="api.stripe.com", path=seen.path.encode(), content=seen.body)
        request.headers.clear()
        request.headers.update(seen.sent)
        flow = tflow.tflow(req=request)
        flow.client_conn.proxy_mode = modes[seen.lane]
        addon.requestheaders(flow)
        addon.request(flow)
        flow.response = Response.make(seen.status, seen.content, seen.received)
        addon.responseheaders(flow)
        addon.response(flow)
    journal.finish()


class _Scripted(ThreadingHTTPServer):
    """Answers with what the exchanges say, one after the other."""

    daemon_threads = True

    def __init__(self, traffic: list[Seen]) -> None:
        super().__init__(("127.0.0.1", 0), _Scripts)
        self.answers = iter(traffic)


class _Scripts(BaseHTTPRequestHandler):
    server: _Scripted

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = next(self.server.answers)
        self.send_response_only(seen.status)
        for name, value in {**seen.received, "Content-Length": str(len(seen.content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(seen.content)

    do_POST = do_GET

    def log_message(self, *args: Any) -> None:
        pass


def record_live(out: Path) -> int:
    """Send the traffic through a recorder that runs, lane by lane; how many exchanges were answered as they should be."""
    seen = traffic()
    with _Scripted(seen) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        try:
            return _send_live(out, f"http://127.0.0.1:{server.server_port}", seen)
        finally:
            server.shutdown()


def _send_live(out: Path, url: str, traffic: list[Seen]) -> int:
    lanes = ["--webhook-listen", "127.0.0.1:0", "--webhook-forward-to", url, "--app-listen", "127.0.0.1:0", "--app-upstream", url]
    command = [*arguments(out, url), *lanes, "--app-keep", "/checkout", "--app-keep", "plan"]
    environ = {**environment(), "REPLAYER_KEY": KEY.secret.decode()}
    answered = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        ports = {lane: int(process.stdout.readline().rpartition(":")[2]) for lane in ("api", "webhook", "app")}
        for seen in traffic:
            connection = http.client.HTTPConnection("127.0.0.1", ports[seen.lane], timeout=20)
            connection.request(seen.method, seen.path, seen.body, seen.sent)
            answer = connection.getresponse()
            answered += (answer.status, answer.read()) == (seen.status, seen.content)
            connection.close()
        process.terminate()
    return answered


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"id": self.path.rpartition("/")[2], "object": "customer", "livemode": False, "name": HIDDEN["snapshot"], "unheard": HIDDEN["name"]}).encode()  # fmt: skip
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def _stripe() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def _same(self: Any, value: Any, *more: Any) -> Any:
    return value


def _handler(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setitem(_walk._HANDLERS, name, _same)


def _method(owner: Any, name: str, instead: Any = _same) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(owner, name, instead)


def _card_numbers_in_texts(patch: pytest.MonkeyPatch) -> None:
    for module in (_pseudonyms, _walk):
        patch.setattr(module, "refuse_card_numbers", lambda text: None)


def _numbers(patch: pytest.MonkeyPatch) -> None:
    real = Walk._value
    patch.setattr(Walk, "_value", lambda self, name, value, *more: value if isinstance(value, int) else real(self, name, value, *more))


# Every rule of redaction, and how it is switched off. Keys in `Authorization` are held by two (`wire.caller` and the redactor), each alone.
RULES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "free text becomes a pseudonym": _method(Pseudonyms, "_text"),
    "what users write into maps becomes one": _method(Walk, "_child_of_map", lambda self, name, value: value),
    "a typed text needs its type's shape": _method(_walk, "may_stay", lambda *more: True),
    "a number stays only where one is known": _numbers,
    "a name that reads like a value becomes a pseudonym": _method(_walk, "is_name", lambda name: True),
    "an id that a user chose stays only for what is sold": _method(Walk, "identifier"),
    "a bearer is known by its name": _method(sensitive, "is_secret_name", lambda name: False),
    "a bearer is known by its shape": _method(_pseudonyms, "has_secret", lambda text: False),
    "security codes are dropped": _method(sensitive, "NEVER_STORED", frozenset()),
    "a card's number is refused in a card's hash": _method(_test_cards, "_refuse_unknown", lambda *more: None),
    "a card's number is refused in texts": _card_numbers_in_texts,
    "a birthday becomes a constant": _method(_walk, "_birthday", lambda part, old: old),
    "an upload loses its name": _method(Walk, "_file"),
    "a meter event's dimensions are the user's": _method(Walk, "_meter_value", lambda self, name, value: value),
    "words of a sentence must be Stripe's": _method(Pseudonyms, "sentence"),
    "a search keeps its syntax only": _method(Pseudonyms, "query"),
    "an idempotency key stays only as an SDK makes it": _method(Pseudonyms, "idempotency_key"),
    "a state must be a code": _handler("state"),
    "a postal code becomes its area": _handler("postal_code"),
    "expand must be a path": _handler("expand"),
    "param must be a path": _handler("param"),
    "page must be a cursor": _handler("page"),
    "next_page must be a cursor": _handler("next_page"),
    "object must be a type": _handler("object"),
    "type must be a word of Stripe's": _handler("type"),
    "id must be an id": _handler("id"),
    "a url keeps its path only": _handler("url"),
    "headers are kept by name and shape": _method(Redactor, "_headers", lambda self, headers, kept: dict(headers)),
    "a path keeps its template": _method(Redactor, "_path"),
    "a version must be one": _method(Redactor, "_shaped"),
    "an account must be an id": _method(Redactor, "_account"),
    "a signature is not kept": _method(wire, "_kept", lambda known: dict(known)),
    "an answer is redacted": _method(Redactor, "_body"),
    "an application's bodies are not read by Stripe's rules": _method(AllowList, "value"),
    "of an application's requests the listed part is kept": _method(Kept, "request"),
    "of an application's answers the listed part is kept": _method(Kept, "outcome"),
    "of an endpoint's answers the status is kept": _method(Journal, "_kept_answer", lambda self, outcome, opened: outcome),
    "a snapshot is redacted": _method(Redactor, "state"),
}  # fmt: skip
