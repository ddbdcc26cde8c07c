"""Measure a target's fidelity on a capture of real Stripe traffic: each source alone, on an account that starts empty."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from replayer.capture.store import Capture
from replayer.diff.fidelity import Scores, score
from replayer.diff.fidelity_rules import rules_shown
from replayer.model import Exchange, Outcome, Request
from replayer.replay.seed import Seeder, named, referenced
from replayer.replay.shift import shift
from replayer.stripeapi.ids import ID, is_id
from replayer.stripeapi.operations import match
from replayer.targets import Session, Target

_ALWAYS_THERE = re.compile(r"/v1/(account|balance|country_specs|tax_codes)\b")
_TEST_VALUES = ("pm_card_", "tok_visa", "tok_mastercard", "tok_amex", "tok_charge", "tok_chargeDeclined", "btok_")
_NOT_JUDGED = frozenset({401, 403, 429})


class Fidelity(msgspec.Struct, kw_only=True):
    """What was measured; groups are by operation, by API version, by the rules that answers show, and by whether the target has a rule."""

    interactions: int = 0
    foreign: int = 0
    scores: Scores = msgspec.field(default_factory=Scores)
    operations: dict[str, Scores] = msgspec.field(default_factory=dict)
    versions: dict[str, Scores] = msgspec.field(default_factory=dict)
    rules: dict[str, Scores] = msgspec.field(default_factory=dict)
    shown: dict[str, Scores] = msgspec.field(default_factory=dict)
    wrong: Counter[str] = msgspec.field(default_factory=Counter)

    def as_json(self, *, worst: int = 0) -> dict[str, Any]:
        """The figures as scripts read them: shares in per cent beside the counts."""
        result: dict[str, Any] = {"interactions": self.interactions, "judged": self.scores.judged, **self.scores.shares()}
        result["counts"] = msgspec.structs.asdict(self.scores)
        for name in ("operations", "versions", "rules", "shown"):
            groups: dict[str, Scores] = getattr(self, name)
            result[name] = {key: {"judged": found.judged, **found.shares()} for key, found in sorted(groups.items())}
        if worst:
            result["worst"] = dict(self.wrong.most_common(worst))
        return result


def measure(capture: Capture, target: Target) -> Fidelity:
    """Send a capture's calls to a target and score its answers.

    Only calls whose every object was made before, by seeding or by an earlier call of the source, are judged; the others are foreign.
    """
    result = Fidelity()
    for source in capture.sources:
        exchanges = [
            exchange for exchange in capture.exchanges([source.name]) if exchange.lane == "api" and exchange.outcome.body is not None
        ]
        session = target.open(source.name, [], "sk_test_" + _digest(source.name))
        try:
            _Lane(result, target, session).measure(exchanges)
        finally:
            session.close()
    return result


class _Lane:
    """One source: what it has made so far, and what the target calls it."""

    def __init__(self, result: Fidelity, target: Target, session: Session) -> None:
        self.result, self.target, self.session = result, target, session
        self.ids: dict[str, str] = {}
        self.seen: set[str] = set()

    def measure(self, exchanges: list[Exchange]) -> None:
        """Seed, send and score."""
        self.seen = Seeder(exchanges, lambda request: self.session.send(request, time.time()), self.ids).run()
        for exchange in exchanges:
            self.result.interactions += 1
            judged = self._judged(exchange)
            live = self._send(exchange)
            body = exchange.outcome.body
            if isinstance(body, dict) and exchange.request.method != "GET":
                self.seen |= {*ID.findall(json.dumps(body)), str(body.get("id"))}
            if live.body is not None:
                _learn(body, live.body, self.ids)
            if judged:
                self._score(exchange, live)
            else:
                self.result.foreign += 1

    def _judged(self, exchange: Exchange) -> bool:
        request, status = exchange.request, exchange.outcome.status
        names = named(request)
        if status in _NOT_JUDGED or status is None:
            return False
        if status < 300 and any(name not in self.seen and not name.startswith(_TEST_VALUES) for name in names | referenced(request)):
            return False
        if request.method == "GET" and not names & self.seen:
            body = exchange.outcome.body
            listing = isinstance(body, dict) and body.get("object") in ("list", "search_result")
            return not listing and _ALWAYS_THERE.search(request.path) is not None
        return True

    def _send(self, exchange: Exchange) -> Outcome:
        """Send a call as it would be sent today: every target alike, so that figures can be compared."""
        now = time.time()
        request = _translated(exchange.request, self.ids)
        if exchange.at is not None:
            request = shift(request, now - exchange.at)
        if exchange.outcome.status is not None and exchange.outcome.status < 300:
            request = msgspec.structs.replace(request, params=_valid_cards(request.params))
        return self.session.send(request, now)

    def _score(self, exchange: Exchange, live: Outcome) -> None:
        found, wrong = score(exchange.outcome, live, self.ids)
        operation = match(exchange.request.method, exchange.request.path).name
        claims = self.target.claims(operation)
        rule = "with a rule" if claims.computed else "without a rule"
        self.result.scores.add(found)
        groups = (
            (self.result.operations, operation),
            (self.result.versions, exchange.request.version or "default"),
            (self.result.rules, rule),
            *((self.result.shown, shown) for shown in rules_shown(exchange)),
        )
        for group, key in groups:
            group.setdefault(key, Scores()).add(found)
        for text, count in wrong.items():
            self.result.wrong[f"{operation}  {text}"] += count


def _translated(request: Request, ids: Mapping[str, str]) -> Request:
    def text(value: Any) -> Any:
        if isinstance(value, str):
            return ID.sub(lambda found: ids.get(found.group(), found.group()), value)
        if isinstance(value, dict):
            return {name: text(child) for name, child in value.items()}
        return [text(child) for child in value] if isinstance(value, list) else value

    return msgspec.structs.replace(request, path=text(request.path), params=text(request.params), account=text(request.account))


def _valid_cards(params: Any) -> Any:
    """Parameters whose cards have not expired since: a year that has passed becomes one to come."""
    if isinstance(params, dict):
        soon = time.localtime().tm_year + 2
        return {
            name: str(max(int(value), soon)) if name == "exp_year" and isinstance(value, str) and value.isdigit() else _valid_cards(value)
            for name, value in params.items()
        }
    return [_valid_cards(value) for value in params] if isinstance(params, list) else params


def _learn(recorded: Any, live: Any, ids: dict[str, str]) -> None:
    """Learn live ids by position: what stands at the same place is the same object."""
    if isinstance(recorded, dict) and isinstance(live, dict):
        for name in recorded.keys() & live.keys():
            _learn(recorded[name], live[name], ids)
    elif isinstance(recorded, list) and isinstance(live, list):
        for mine, theirs in zip(recorded, live, strict=False):
            _learn(mine, theirs, ids)
    elif isinstance(recorded, str) and isinstance(live, str) and recorded != live:
        if is_id(recorded):
            ids.setdefault(recorded, live)
        elif "_secret_" in recorded and "_secret_" in live:
            ids.setdefault(recorded.partition("_secret_")[0], live.partition("_secret_")[0])


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:24]
