"""Webhook endpoints: who wants which events (Stripe API reference, "Webhook Endpoints"). Who serves the simulator delivers them."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from replayer.simulator.calls import Answer, Call
from replayer.simulator.echo import merged_metadata
from replayer.simulator.errors import ApiError, missing_parameter
from replayer.simulator.records import Record
from replayer.simulator.render import Renderer
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule
from replayer.simulator.store import Store
from replayer.simulator.view import View

_URL = re.compile(r"https?://[^\s/]+")
_SECRET_DIGITS = 32


class Delivery(msgspec.Struct, frozen=True):
    """An event on its way to an endpoint: what is posted, and the secret that signs it."""

    url: str
    secret: str
    body: bytes
    event: Record


def register(call: Call) -> Answer:
    """Register an endpoint; its secret is shown this once."""
    url, wanted = call.params.get("url"), call.params.get("enabled_events")
    if not isinstance(url, str) or not url:
        raise missing_parameter("url")
    if not isinstance(wanted, list) or not wanted:
        raise missing_parameter("enabled_events")
    _check(url)
    record = call.create(
        "webhook_endpoint",
        {
            "api_version": call.params.get("api_version"), "application": None, "description": call.params.get("description"),
            "enabled_events": wanted, "metadata": call.params.get("metadata") or {}, "status": "enabled", "url": url,
        },
    )  # fmt: skip
    secret = f"whsec_Sim{record.id[-14:].rjust(_SECRET_DIGITS - 3, '0')}"
    record.assign({"signing_secret": secret})
    return Record(record.type, record.id, {**record.values, "secret": secret}, marks=record.marks)


def _check(url: str) -> None:
    if not _URL.match(url):
        raise ApiError("Not a valid URL", code="url_invalid", param="url")


def change(call: Call) -> Answer:
    """Change an endpoint."""
    record = call.at()
    changes: dict[str, Any] = {name: call.params[name] for name in ("url", "enabled_events", "description") if name in call.params}
    if isinstance(call.params.get("metadata"), dict):
        changes["metadata"] = merged_metadata(record.values["metadata"], call.params["metadata"])
    if "url" in changes:
        _check(str(changes["url"]))
    if isinstance(call.params.get("disabled"), bool):
        changes["status"] = "disabled" if call.params["disabled"] else "enabled"
    return call.update(record, changes)


def delete(call: Call) -> Answer:
    """Take an endpoint away."""
    return call.delete(call.at())


def collect(store: Store) -> list[Delivery]:
    """Empty the outbox: each event as its endpoint gets it, in the endpoint's API version or the account's."""
    found = []
    for identifier, event in store.outbox:
        endpoint = store.own.records["webhook_endpoint"][identifier]
        version = endpoint.values.get("api_version") or store.version
        as_sent = Record("event", event.id, {**event.values, "api_version": version})
        body = msgspec.json.format(msgspec.json.encode(Renderer(version, View(store)).record(as_sent)), indent=2)
        found.append(Delivery(endpoint.values["url"], endpoint.values["signing_secret"], body, event))
    store.outbox.clear()
    return found


RULES = {
    "POST /v1/webhook_endpoints": Rule(
        register, ("url", "enabled_events", "api_version"), {"description": ARBITRARY, "metadata": METADATA}
    ),
    "POST /v1/webhook_endpoints/{}": Rule(change, ("url", "enabled_events", "disabled"), {"description": ARBITRARY, "metadata": METADATA}),
    "DELETE /v1/webhook_endpoints/{}": Rule(delete),
    "GET /v1/webhook_endpoints/{}": Rule(),
    "GET /v1/webhook_endpoints": Rule(None, PAGES),
}  # fmt: skip
