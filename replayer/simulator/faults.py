"""Faults on demand: what Stripe answers on a bad day, by rule, and always the same for one seed.

docs.stripe.com/error-low-level says what clients must live with. A rate limit, a lock time-out and a key in use are refused before anything
executes; a failure (500) is kept under its idempotency key like any answer (API reference, "Idempotent requests"); a reset connection and a
slow answer leave the client in the dark whether the call executed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from replayer.model import InputError, Outcome, Request
from replayer.model.settings_file import place_of, read_yaml, require_known
from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.operations import match

Kind = Literal["rate_limit", "lock_timeout", "conflict", "error", "reset", "slow"]
KINDS: tuple[str, ...] = get_args(Kind)
_EXECUTES = ("error", "reset", "slow")
_KEPT = 24 * 3600.0
_LIMIT = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
_LOCKED = "This object cannot be accessed right now because another API request or Stripe process is currently accessing it."
_IN_USE = "There is currently another in-progress request using this Idempotent Key."
_ANSWERS: dict[str, tuple[int, str, str | None, str]] = {
    "rate_limit": (429, "invalid_request_error", "rate_limit", _LIMIT),
    "lock_timeout": (429, "invalid_request_error", "lock_timeout", _LOCKED),
    "conflict": (409, "idempotency_error", "idempotency_key_in_use", _IN_USE),
    "error": (500, "api_error", None, "An unknown error occurred."),
}  # fmt: skip
FAILURES = frozenset(_ANSWERS)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: which fault, on which operation (null: any), and on which of the calls that fit: the `nth`, `every` so many, a `share`.

    `executed` says whether the call is executed before the fault; `seconds` is how long a slow answer takes.
    """

    fault: Kind
    operation: str | None = None
    nth: int | None = None
    every: int | None = None
    share: float | None = None
    executed: bool = False
    seconds: float = 5.0


class Faults:
    """Decides which calls fail, and remembers the failures that stay with their keys. Not for several threads at once."""

    def __init__(self, rules: list[Rule], seed: int = 0) -> None:
        self._rules = [(rule, random.Random(f"{seed} {number}")) for number, rule in enumerate(rules)]
        self._counts = [0] * len(rules)
        self._failed: dict[tuple[str, str], tuple[float, Outcome]] = {}

    def of(self, request: Request) -> Rule | None:
        """The first rule that a call falls under; every rule counts the calls that fit it."""
        name, found = match(request.method, request.path).name, None
        for place, (rule, chance) in enumerate(self._rules):
            if rule.operation not in (None, name):
                continue
            self._counts[place] += 1
            if found is None and _strikes(rule, self._counts[place], chance):
                found = rule
        return found

    def kept(self, account: str, request: Request, now: float) -> Outcome | None:
        """The failure that is kept under a call's idempotency key."""
        at, outcome = self._failed.get((account, request.idempotency_key or ""), (0.0, None))
        if outcome is None or now - at >= _KEPT:
            return None
        return msgspec.structs.replace(outcome, headers={**outcome.headers, "idempotent-replayed": "true"})

    def keep(self, account: str, request: Request, now: float, outcome: Outcome) -> None:
        """Keep a failure under its key."""
        if request.idempotency_key and request.method == "POST":
            self._failed[account, request.idempotency_key] = now, outcome


def _strikes(rule: Rule, count: int, chance: random.Random) -> bool:
    drawn = chance.random()  # drawn for every call that fits, so that one draw does not hang on another rule
    if rule.nth is not None:
        return count == rule.nth
    if rule.every is not None:
        return count % rule.every == 0
    return rule.share is None or drawn < rule.share


def answer_of(kind: str, request_id: str) -> Outcome:
    """What Stripe answers."""
    status, error_type, code, message = _ANSWERS[kind]
    error = {
        "message": message,
        "type": error_type,
        **({"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code}"} if code else {}),
    }
    return Outcome(status=status, headers={"content-type": "application/json", "request-id": request_id}, body={"error": error})


def load_faults(file: Path) -> Faults:
    """Read a file of rules; raises InputError with file, line and column, and the closest known key."""
    data = read_yaml(file)
    if not isinstance(data, Mapping):
        raise InputError("faults are a mapping of `rules` and a `seed`", place=f"{file}:1:1", hint="rules: [{fault: reset, nth: 2}]")
    require_known(data, ("rules", "seed"), file, "a file of faults")
    rules, seed = data.get("rules"), data.get("seed", 0)
    if not isinstance(rules, list):
        raise InputError("`rules` is a list", place=place_of(file, data, "rules") if rules is not None else f"{file}:1:1")
    if not isinstance(seed, int):
        raise InputError("`seed` is a number", place=place_of(file, data, "seed"))
    return Faults([_rule(file, rules, position) for position in range(len(rules))], seed)


def _rule(file: Path, rows: Any, position: int) -> Rule:
    row, place = rows[position], place_of(file, rows, position)
    names = Rule.__struct_fields__
    if not isinstance(row, Mapping):
        raise InputError("a rule is a mapping", place=place, hint=f"its keys are {', '.join(names)}")
    require_known(row, names, file, "a rule")
    values = dict(row)
    if row.get("fault") not in KINDS:
        raise InputError(f"{row.get('fault')!r} is no fault", place=_at(file, row, "fault", place), hint=f"one of {', '.join(KINDS)}")
    if "operation" in row:
        known = catalogue().canonical(str(row["operation"]))
        if known is None:
            hint = f"did you mean {catalogue().nearest(str(row['operation']))!r}?"
            raise InputError(f"unknown operation {row['operation']!r}", place=place_of(file, row, "operation"), hint=hint)
        values["operation"] = known
    if isinstance(row.get("share"), str):
        values["share"] = _share(file, row)
    if row.get("executed") and row["fault"] not in _EXECUTES:
        hint = f"only {', '.join(_EXECUTES)} may come after the call is executed"
        raise InputError(f"a {row['fault']} never executes", place=place_of(file, row, "executed"), hint=hint)
    if sum(name in row for name in ("nth", "every", "share")) > 1:
        raise InputError("a rule has one of `nth`, `every` and `share`", place=place)
    try:
        rule = msgspec.convert(values, Rule)
    except msgspec.ValidationError as error:
        field = next((name for name in row if f"`$.{name}`" in str(error)), None)
        raise InputError(str(error).partition(" - ")[0], place=_at(file, row, field, place)) from None
    for name in ("nth", "every", "seconds"):
        if name in row and not getattr(rule, name) > 0:
            raise InputError(f"`{name}` is more than 0", place=place_of(file, row, name))
    return rule


def _share(file: Path, row: Any) -> float:
    text = str(row["share"])
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise InputError(f"{text!r} is no share", place=place_of(file, row, "share"), hint="5 %, or 0.05") from None


def _at(file: Path, row: Any, name: str | None, place: str) -> str:
    return place_of(file, row, name) if name is not None and name in row else place
