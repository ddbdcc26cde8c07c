"""How much of what Stripe answered does a target answer too? Scores pairs of a recorded and a live answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from replayer.model import Outcome
from replayer.stripeapi.ids import ID

_VOLATILE_NAMES = (
    "id created updated client_secret url receipt_url receipt_number hosted_invoice_url invoice_pdf number effective_at "
    "webhooks_delivered_at fingerprint risk_score available_on invoice_prefix request_id request_log_url "
    "network_transaction_id network_reference authorization_code expires_at three_d_secure_usage exp_year secret return_url "
    "date frozen_time current_period_start current_period_end period_start period_end start_date billing_cycle_anchor start "
    "end trial_start trial_end canceled_at ended_at due_date next_payment_attempt finalized_at paid_at voided_at "
    "marked_uncollectible_at cancel_at reference arrival_date network_decline_code doc_url idempotency_key"
)
_VOLATILE = re.compile(rf"(^|\.)({_VOLATILE_NAMES.replace(' ', '|')})$|use_stripe_sdk|metadata\.")
_MONEY = re.compile(
    r"(^|\.)(amount\w*|\w*_amount|total\w*|subtotal\w*|unit_amount\w*|balance|starting_balance|ending_balance|quantity|tax|"
    r"application_fee\w*|net|fee)$"
)
_ERROR = ("type", "code", "decline_code", "param")


class Scores(msgspec.Struct):
    """Counts of one group of interactions; shares are computed from them."""

    judged: int = 0
    status: int = 0
    leaves: int = 0
    shape: int = 0
    value_leaves: int = 0
    value: int = 0
    money_leaves: int = 0
    money: int = 0
    errors_recorded: int = 0
    errors: int = 0
    strict: int = 0
    exact: int = 0

    def add(self, other: Scores) -> None:
        """Add another group's counts."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def shares(self) -> dict[str, float | None]:
        """The shares in per cent; null where nothing was there to be counted."""
        pairs = {
            "status": (self.status, self.judged), "shape": (self.shape, self.leaves), "value": (self.value, self.value_leaves),
            "money": (self.money, self.money_leaves), "errors": (self.errors, self.errors_recorded), "strict": (self.strict, self.judged),
            "exact": (self.exact, self.judged),
        }  # fmt: skip
        return {name: round(100 * part / whole, 1) if whole else None for name, (part, whole) in pairs.items()}


def score(recorded: Outcome, live: Outcome, ids: Mapping[str, str]) -> tuple[Scores, Counter[str]]:
    """Score one judged interaction; also says which leaves went wrong, by folded path.

    `ids` translates recorded ids to live ones. A wrong status costs all leaves.
    """
    same = recorded.status == live.status
    scores, wrong = Scores(judged=1, status=int(same)), Counter[str]()
    strict = exact = same
    if not same:
        wrong[f"status {recorded.status} → {live.status}"] += 1
    if recorded.status is not None and recorded.status < 300:
        strict, exact = _answer(recorded.body, live.body if same else None, ids, scores, wrong, same=same)
    elif isinstance(recorded.body, dict) and isinstance(recorded.body.get("error"), dict):
        mine, theirs = recorded.body["error"], (live.body.get("error") if isinstance(live.body, dict) else None) or {}
        equal = same and all(mine.get(name) == theirs.get(name) for name in _ERROR)
        scores.errors_recorded, scores.errors = 1, int(equal)
        strict, exact = strict and equal, exact and equal
        if not equal:
            wrong[f"error {mine.get('type')}/{mine.get('code')} → {theirs.get('type')}/{theirs.get('code')}"] += 1
    scores.strict, scores.exact = int(strict), int(exact)
    return scores, wrong


def _answer(recorded: Any, live: Any, ids: Mapping[str, str], scores: Scores, wrong: Counter[str], *, same: bool) -> tuple[bool, bool]:
    answered = dict(leaves(live)) if same else {}
    shapes = {(fold(path), _kind(value)) for path, value in answered.items()}
    strict = exact = same
    for path, value in leaves(recorded):
        folded = fold(path)
        there = (folded, _kind(value)) in shapes
        exact &= there
        scores.leaves += 1
        scores.shape += there
        if _VOLATILE.search(folded):
            continue
        want = ID.sub(lambda found: ids.get(found.group(), found.group()), value) if isinstance(value, str) else value
        equal = path in answered and answered[path] == want and _kind(answered[path]) == _kind(want)
        exact &= equal
        scores.value_leaves += 1
        scores.value += equal
        if _MONEY.search(folded) and _kind(value) == "number" and (value or answered.get(path)):
            scores.money_leaves += 1
            scores.money += equal
            strict &= equal
        if folded == "status":
            strict &= equal
        if not equal and same:
            wrong[f"{folded}: {value!r:.30} → {answered.get(path, 'absent')!r:.30}"] += 1
    return strict, exact


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path; an empty hash or list is a leaf."""
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from leaves(child, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        if not value:
            yield path + "[]", value
        for position, child in enumerate(value):
            yield from leaves(child, f"{path}[{position}]")
    else:
        yield path, value


def fold(path: str) -> str:
    """A path with list positions folded to `[]`."""
    return re.sub(r"\[\d+\]", "[]", path)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__
