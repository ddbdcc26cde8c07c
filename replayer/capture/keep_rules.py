"""Rules that keep values by path: `metadata.order_id`, `lines.data.description`; the end of a path counts, and `*` stands for one name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from replayer.model import InputError
from replayer.model.settings_file import place_of, read_yaml
from replayer.stripeapi.sensitive import CARD_NUMBER_NAMES, NEVER_STORED, catalogue_names, is_secret_name

Rule = tuple[str, ...]
_RULE = re.compile(r"[A-Za-z_*](?:[A-Za-z0-9_.*:-]|\[\])*")
_HINT = "write it like metadata.order_id or customer.name"
_APP = "app"  # bodies of the user's own application, whose names are not Stripe's


def parse(rule: str) -> Rule:
    """A rule's names; raises InputError for what is no path."""
    if not _RULE.fullmatch(rule):
        raise InputError(f"{rule!r} is no path", hint=_HINT)
    return tuple(part for part in rule.replace("[]", "").split(".") if part)


def is_kept(rules: Sequence[Rule], place: Sequence[str]) -> bool:
    """Whether a rule keeps a place."""
    return any(len(rule) <= len(place) and all(a in ("*", b) for a, b in zip(rule, place[-len(rule) :], strict=True)) for rule in rules)


def load_rules(file: Path) -> dict[str, str]:
    """Read a file of rules, each with its reason: `metadata.plan: drives entitlement`.

    Names of Stripe's must be known; those in `metadata`, and in paths that begin with `app.` (bodies of the lane `app`), are the user's.
    Raises InputError with file, line and column, and the closest known name.
    """
    data = _read(file)
    return {_checked(file, data, rule).removeprefix(f"{_APP}."): str(reason) for rule, reason in data.items()}


def _read(file: Path) -> Mapping[Any, Any]:
    try:
        data = read_yaml(file)
    except OSError as error:
        raise InputError(f"the rules cannot be read: {error.strerror}", place=str(file)) from None
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise InputError("rules are paths with their reasons", place=f"{file}:1:1", hint="metadata.plan: drives entitlement")
    return data


def _checked(file: Path, data: Any, rule: Any) -> str:
    place = place_of(file, data, rule)
    if not isinstance(rule, str) or not _RULE.fullmatch(rule):
        raise InputError(f"{rule!r} is no path", place=place, hint=_HINT)
    if not isinstance(data[rule], str) or not data[rule].strip():
        raise InputError(f"`{rule}` has no reason", place=place, hint=f"{rule}: why its values must stay")
    *_, last = names = parse(rule)
    if last in NEVER_STORED | CARD_NUMBER_NAMES or is_secret_name(last):
        raise InputError(f"no rule keeps `{last}`", place=place, hint="bearers, security codes and card numbers are never stored")
    for name in names:
        if name in ("metadata", _APP):
            break
        if len(name) > 2 and name not in catalogue_names():
            near = get_close_matches(name, sorted(catalogue_names()), n=1)
            hint = f"did you mean `{near[0]}`?" if near else "names of your own stand in `metadata`, or behind `app.`"
            raise InputError(f"`{name}` is no name of Stripe's", place=place, hint=hint)
    return rule
