"""Noise: what two control arms answer differently at one place, and rules learned from it for later runs.

Money, currency, status, quantity and existence are never noise, nor is a time by rule: when something is billed is part of what a run is
asked. A rule covers one place of one operation, and expires.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

from replayer.model import InputError, Noise, NoiseRule
from replayer.stripeapi.places import HARD, kind_of

DAYS = 30  # for which a rule holds after its place was last seen to differ
_DECIDING = frozenset({
    "billing_mode", "billing_scheme", "capture_method", "collection_method", "coupon", "customer", "days_until_due",
    "default_payment_method", "default_source", "destination", "discount", "discounts", "invoice", "on_behalf_of", "payment_behavior",
    "payment_method", "plan", "price", "product", "promotion_code", "proration", "proration_behavior", "subscription", "tax_behavior",
    "tax_rate", "tax_rates", "tiers_mode",
})  # fmt: skip
_Spot = tuple[str, str]  # an operation and a field


def coverable(field: str) -> bool:
    """Whether a rule may cover a place."""
    return kind_of(field) not in HARD and kind_of(field) != "time" and not _decides(field)


def _decides(field: str) -> bool:
    """Whether a text decides on money: what is sold, to whom, who gets it, how it is collected."""
    parts = [part for part in field.replace("[]", "").split(".") if part]
    if "metadata" in parts:
        return False
    name = parts[-2] if parts[-1:] == ["id"] and len(parts) > 1 else parts[-1] if parts else ""
    return name in _DECIDING or parts[:2] == ["error", "type"]


def require_coverable(rule: NoiseRule) -> None:
    """Refuse a rule that covers what nobody may overlook; raises InputError."""
    if not coverable(rule.field):
        kind = kind_of(rule.field)
        why = "when something is billed" if kind == "time" else "what is charged, or whether it is"
        what = "it decides on money" if _decides(rule.field) else f"its kind is {kind}"
        raise InputError(
            f"no noise rule may cover `{rule.field}` of {rule.operation}: {what}",
            hint=f"a difference there says {why}; where two controls differ in it the run says unknown",
        )


def in_force(rules: Iterable[NoiseRule], today: date) -> dict[_Spot, NoiseRule]:
    """The rules that hold today, by operation and field."""
    return {(rule.operation, rule.field): rule for rule in rules if rule.expires >= today.isoformat()}


def learned(rules: Sequence[NoiseRule], seen: Iterable[_Spot], today: date) -> list[NoiseRule]:
    """The rules after a run: those in force, those whose place was seen again renewed, and a new one for each new place."""
    until = (today + timedelta(days=DAYS)).isoformat()
    found = in_force(rules, today)
    for operation, field in seen:
        if coverable(field):
            known = found.get((operation, field))
            kept = max(until, known.expires) if known is not None else until
            found[operation, field] = NoiseRule(operation=operation, field=field, learned=today.isoformat(), expires=kept)
    return [found[key] for key in sorted(found)]


def told(hidden: Mapping[_Spot, int], measured: Collection[_Spot], rules: Mapping[_Spot, NoiseRule]) -> list[Noise]:
    """What a run put down to noise, the most places first, and last what its controls differed in where the candidate did not."""
    counts = {**dict.fromkeys(measured, 0), **hidden}
    return [
        Noise(
            operation=operation, field=field, count=count, measured=(operation, field) in measured,
            expires=rules[operation, field].expires if (operation, field) in rules else None,
        )
        for (operation, field), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]  # fmt: skip
