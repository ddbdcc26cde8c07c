"""Redaction: default-deny, before anything reaches the disk.

A value stays only where the catalogue types it as number, boolean, enum, id, time, currency or country, where it is syntax or a documented
test value, or where a user's rule keeps it by path. Everything else becomes a pseudonym that is equal where values are equal; bearers
become a constant, and what PCI DSS forbids to store is dropped. Redacting twice is redacting once. A card's number is stored in no form:
an exchange that holds one raises Unstorable, and a documented test card becomes its token.

Ids that users chose for plans, products and coupons stay (they are what rules and reports name), unless they look like an address or
somebody's number; ids that users chose for customers and accounts do not.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from replayer.capture._allow_list import AllowList
from replayer.capture._pseudonyms import Pseudonyms
from replayer.capture._test_cards import tokenise
from replayer.capture._walk import Walk
from replayer.capture.keep_rules import parse
from replayer.capture.project_key import ProjectKey
from replayer.model import BaselineObject, Exchange, Lane, Outcome, Request, Unstorable
from replayer.stripeapi import sensitive as known
from replayer.stripeapi.ids import is_id
from replayer.stripeapi.operations import Match, match

_CALLER = re.compile(r"(?:(?:sk|rk|pk)_(?:live|test)|sk_org)(?::[0-9a-f]{12})?")
_MOST_WALKS = 64  # an SDK names one version
_METHOD = re.compile(r"[A-Z]{1,10}")
_WORDS = re.compile(r"[a-z_]{1,40}|v[12]|")
__all__ = ["Redactor", "Unstorable"]

_HOST = re.compile(r"(?:[a-z-]+\.)?stripe\.com|localhost|127\.0\.0\.1")


class Redactor:
    """Redacts exchanges with the project's key; a pure function of exchange, key and rules.

    `keep` names places whose values stay, as dotted paths of which the end counts: `metadata.order_id`, `lines.data.description`; `*`
    stands for one name. No rule keeps bearers, security codes or card numbers. A body of the user's own programs (the lane `app`, and what
    a webhook's endpoint answers) is not Stripe's: nothing else of it stays, or, with `app_pseudonyms`, pseudonyms of it do.
    """

    def __init__(self, key: ProjectKey, keep: Iterable[str] = (), *, app_pseudonyms: bool = False) -> None:
        self._key = key
        self._make = Pseudonyms(key)
        self._rules = tuple(parse(rule) for rule in keep)
        self._walks: dict[tuple[str | None, bool, bool], Walk] = {}
        self._allowed = AllowList(self._make, self._rules, pseudonyms=app_pseudonyms)

    def fingerprint(self) -> str:
        """Which key this redactor uses."""
        return self._key.fingerprint()

    def identify(self, api_key: str) -> str:
        """A keyed fingerprint of an API key."""
        return self._key.digest("api key", api_key)

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange without what is sensitive; raises Unstorable where it holds a card's number."""
        reason = self._make.sentence(exchange.reason) if exchange.reason else exchange.reason
        request, outcome = self._request(exchange), self.outcome(exchange.outcome, exchange.request, exchange.lane)
        return msgspec.structs.replace(exchange, request=request, outcome=outcome, reason=reason)

    def _request(self, exchange: Exchange) -> Request:
        request = exchange.request
        found = match(request.method, request.path) if exchange.lane != "app" else Match(request.path, None, ())
        changes: dict[str, Any] = {
            "method": request.method if _METHOD.fullmatch(request.method) else self._make.text(request.method),
            "path": self._path(request.path, found),
            "params": self._params(exchange, found),
            "version": self._shaped(request.version, known.VERSION),
            "account": self._account(request.account),
            "headers": self._headers(request.headers, known.REQUEST_HEADERS),
            "caller": request.caller if request.caller and _CALLER.fullmatch(request.caller) else None,
        }
        if request.idempotency_key:
            changes["idempotency_key"] = self._make.idempotency_key(request.idempotency_key)
        if not _HOST.fullmatch(request.host):
            changes["host"] = self._make.text(request.host)
        if request.body is not None:
            is_app = exchange.lane == "app"
            changes |= {"body": (self._allowed.value if is_app else self._make.text)(request.body), "kept": False}
        return msgspec.structs.replace(request, **changes)

    def _params(self, exchange: Exchange, found: Match) -> dict[str, Any]:
        request = exchange.request
        if not request.params:
            return request.params
        if exchange.lane == "app":
            return self._allowed.value(request.params)  # type: ignore[no-any-return]
        if exchange.lane == "webhook":
            return self._walk(request.version, answer=True).hash(request.params)
        children = found.operation.params if found.operation else {}
        meter = found.name.startswith(("POST /v1/billing/meter_event", "POST /v2/billing/meter_event"))
        return self._walk(request.version, answer=False, meter=meter).hash(tokenise(request.path, request.params), children)

    def _walk(self, version: str | None, *, answer: bool, meter: bool = False) -> Walk:
        found = self._walks.get((version, answer, meter))
        if found is None:
            if len(self._walks) >= _MOST_WALKS:
                self._walks.clear()
            found = self._walks[version, answer, meter] = Walk(self._make, version=version, answer=answer, rules=self._rules, meter=meter)
        return found

    def state(self, item: BaselineObject) -> BaselineObject:
        """An object of a baseline without what is sensitive, its own id included; raises Unstorable where it holds a card's number."""
        return msgspec.structs.replace(
            item,
            id=self._identifier(item.id, item.object),
            object=self._shaped(item.object, known.OBJECT),
            state=None if item.state is None else self._body(item.state, item.version),
            version=self._shaped(item.version, known.VERSION),
            account=self._account(item.account),
        )

    def pseudonym(self, text: str) -> str:
        """What stands for a text."""
        return self._make.text(text)

    def outcome(self, outcome: Outcome, request: Request, lane: Lane = "api") -> Outcome:
        """The outcome of a request without what is sensitive; the request may be redacted already."""
        changes: dict[str, Any] = {"headers": self._headers(outcome.headers, known.RESPONSE_HEADERS)}
        if outcome.body is not None:
            version = outcome.headers.get("stripe-version") or request.version
            changes["body"] = self._body(outcome.body, version) if lane == "api" else self._allowed.value(outcome.body)
        if outcome.text is not None:
            changes["text"] = self._make.text(outcome.text) if lane == "api" else self._allowed.value(outcome.text)
        if outcome.error is not None:
            changes["error"] = self._make.sentence(outcome.error)
        return msgspec.structs.replace(outcome, **changes)

    def _body(self, body: Any, version: str | None) -> Any:
        walk = self._walk(version, answer=True)
        if isinstance(body, dict):
            return walk.error(body) if "error" in body and "object" not in body else walk.hash(body)
        return walk.hash({"body": body})["body"]

    def _headers(self, headers: Mapping[str, str], kept: Mapping[str, re.Pattern[str]]) -> dict[str, str]:
        result = {}
        for name, value in headers.items():
            if name in kept:
                result[name] = value if kept[name].fullmatch(value) else self._make.text(value)
            elif name in known.KEY_HEADERS:
                result[name] = self._make.idempotency_key(value)
        return result

    def _shaped(self, text: str | None, shape: re.Pattern[str]) -> str | None:
        return text if text is None or shape.fullmatch(text) else self._make.text(text)

    def _account(self, account: str | None) -> str | None:
        """`Stripe-Account` holds an id, `Stripe-Context` a path of ids."""
        if account is None:
            return None
        return "/".join(part if is_id(part) or not part else self._make.text(part) for part in account.split("/"))

    def _path(self, path: str, found: Match) -> str:
        """A path keeps the words of its template; what stands in braces is an id."""
        if found.operation is not None and found.operation.template == path:
            return path
        parts = path.split("/")
        braces = found.operation.template.split("/") if found.operation else []
        if len(braces) != len(parts):
            return "/".join(part if _WORDS.fullmatch(part) else self._identifier(part, None) for part in parts)
        kinds = [known.reference(before) for before in ("", *braces)]
        pairs = zip(parts, braces, kinds, strict=False)
        return "/".join(self._identifier(part, kind) if brace.startswith("{") else part for part, brace, kind in pairs)

    def _identifier(self, part: str, object_type: str | None) -> str:
        return part if known.is_safe_id(part, object_type) else self._make.text(part)
