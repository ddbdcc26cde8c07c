"""What a release is meant to do: to whom, and what it then costs them. What happens otherwise, or to others, is not intended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from replayer.capture.owners import customers_of
from replayer.model import Exchange, InputError
from replayer.stripeapi.params import param_name

_DAY = 86400
COLUMNS = ("next bill", "committed", "moved", "moved to the horizon")
_MONEY = re.compile(rf"({'|'.join(COLUMNS)}) ([+-]?\d+)(?: ([a-z]{{3}}))?(?: ?± ?(\d+))?", re.IGNORECASE)
_EVENT = re.compile(r"([a-z_]+(?:\.[a-z_]+)+) ([+-]?\d+)")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)(?: ?(?:to|-|–) ?(\d+(?:\.\d+)?))? ?%")
_AGE = re.compile(r"([<>]) ?(\d+) ?d")
# What of a bill is not its sum: nobody means it who means the sum.
_APART = frozenset({"next bill date", "next bill status", "bills up to the horizon"})


# Names of what acts beyond the next bill: when it ends, how often it comes, how long a discount holds, what a later phase brings.
_LATER = frozenset({
    "cancel_at", "canceled_at", "cancel_at_period_end", "interval", "interval_count", "trial_end", "duration", "duration_in_months",
    "end_behavior", "phases", "end", "current_period_end",
})  # fmt: skip


# Parameters by which others than the customer get money, or that decide on what comes after the next bill.
_BEYOND = (_LATER - {"trial_end", "end", "current_period_end"}) | {
    "application_fee", "application_fee_amount", "application_fee_percent", "transfer_data", "destination", "on_behalf_of",
    "reverse_transfer", "refund_application_fee", "source_transaction", "issuer", "liability", "(account)", "expires_at",
    "billing_thresholds", "pending_invoice_item_interval", "resumes_at", "pause_collection", "billing_mode", "trial_settings",
    "ends_at", "redeem_by", "max_redemptions",
}  # fmt: skip
_ENDED = ("canceled", "incomplete_expired")


class Aim(msgspec.Struct, frozen=True):
    """One thing that is to change for a customer, by so much: a column of money in minor units, or the number of events of a type."""

    what: str
    amount: int
    currency: str | None = None
    within: int = 0

    @property
    def text(self) -> str:
        """As users write it."""
        parts = (self.what, f"{self.amount:+d}" if self.amount else "0", self.currency or "", f"± {self.within}" if self.within else "")
        return " ".join(part for part in parts if part)


class Who(msgspec.Struct, frozen=True):
    """Whom it concerns: everybody of whom all of these hold. `younger` and `older` are seconds since a subscription began."""

    prices: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    metadata: frozenset[tuple[str, str]] = frozenset()
    younger: int | None = None
    older: int | None = None

    def fits(self, traits: Traits, now: float) -> bool:
        """Whether it concerns a customer of whom this is known."""
        of_subscription = bool(self.prices or self.products) or self.younger is not None or self.older is not None
        return (
            (not of_subscription or any(self._sells(one, now) for one in traits.subscriptions.values() if one.is_live))
            and (not self.countries or traits.country in self.countries)
            and self.metadata <= traits.metadata
        )

    def _sells(self, one: Subscribed, now: float) -> bool:
        """Whether one subscription has all that is asked of one: its price, its product, its age."""
        age = now - one.began if one.began is not None else None
        return (
            (not self.prices or bool(self.prices & one.prices))
            and (not self.products or bool(self.products & one.products))
            and (self.younger is None or (age is not None and age < self.younger))
            and (self.older is None or (age is not None and age > self.older))
        )


class Intent(msgspec.Struct, frozen=True):
    """What is meant: for whom, what, and for which share of all customers (from, to; 0 to 1)."""

    what: tuple[Aim, ...]
    who: Who = Who()
    share: tuple[float, float] | None = None


class Missed(msgspec.Struct, frozen=True):
    """What did not become as it was meant for a customer."""

    wanted: str
    came: str
    field: str


def parse_aim(text: str) -> Aim:
    """Read `next bill +500 usd ± 5`, `moved 0`, or `invoice.created +1`."""
    money = _MONEY.fullmatch(text.strip())
    if money is not None:
        what, amount, currency, within = money.groups()
        if int(amount) and currency is None:
            raise InputError(f"{text!r} names no currency", hint=f"{what} {amount} usd")
        return Aim(what.lower(), int(amount), currency.lower() if currency else None, int(within or 0))
    event = _EVENT.fullmatch(text.strip())
    if event is not None:
        return Aim(event[1], int(event[2]))
    raise InputError(f"{text!r} says nothing of a bill or an event", hint="next bill +500 usd ± 5, moved 0, invoice.created +1")


def parse_share(text: str) -> tuple[float, float]:
    """Read `4 %` or `3 to 5 %` as shares from 0 to 1."""
    found = _SHARE.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is no share of customers", hint="3 to 5 %")
    low, high = float(found[1]) / 100, float(found[2] or found[1]) / 100
    return low, high


def parse_age(text: str) -> dict[str, int]:
    """Read `< 90d` or `> 365d` as the field of `Who` and its seconds."""
    found = _AGE.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is no age of a subscription", hint="< 90d, or > 365d")
    return {"younger" if found[1] == "<" else "older": int(found[2]) * _DAY}


# --- who


class Subscribed(msgspec.Struct):
    """What a recording shows last of one subscription: what it sells, when it began, and whether it goes on."""

    prices: set[str] = msgspec.field(default_factory=set)
    products: set[str] = msgspec.field(default_factory=set)
    began: int | None = None
    is_live: bool = True


class Traits(msgspec.Struct):
    """What a recording shows last of a customer; subscriptions, and the metadata of them and of the customer, by id."""

    subscriptions: dict[str, Subscribed] = msgspec.field(default_factory=dict)
    country: str | None = None
    notes: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)

    @property
    def metadata(self) -> set[tuple[str, str]]:
        """The metadata of the customer and of the subscriptions that go on."""
        ended = {name for name, one in self.subscriptions.items() if not one.is_live}
        return {item for name, notes in self.notes.items() if name not in ended for item in notes.items()}


class Concerned(msgspec.Struct, frozen=True):
    """The recorded customers whom a release concerns, and how many customers the recording shows at all."""

    customers: frozenset[str] = frozenset()
    known: int = 0


def wanted(sources: Iterable[Iterable[Exchange]], who: Who) -> Concerned:
    """Whom it concerns. A customer may be in several sources; how old a subscription is counts at the end of each."""
    found: dict[str, Traits] = {}
    fitting: set[str] = set()
    for exchanges in sources:
        now = 0.0
        shown: set[str] = set()
        for exchange in exchanges:
            now = max(now, exchange.at or 0.0)
            shown.update(filter(None, (_note(found, item) for item in objects_in(exchange.outcome.body, past=False))))
        fitting -= shown
        fitting |= {name for name in shown if who.fits(found[name], now)}
    return Concerned(frozenset(fitting), len(found))


def objects_in(value: Any, *, past: bool = True) -> Iterator[dict[str, Any]]:
    """Every object in an answer that names its type, the outer ones first; with those as they were once, in events, where `past`."""
    if isinstance(value, dict):
        if isinstance(value.get("object"), str):
            if value["object"] == "event" and not past:
                return
            yield value
        for child in value.values():
            yield from objects_in(child, past=past)
    elif isinstance(value, list):
        for child in value:
            yield from objects_in(child, past=past)


def _note(found: dict[str, Traits], item: dict[str, Any]) -> str | None:
    """Note what an object tells of its customer, and say whose it is."""
    kind = item["object"]
    owner = next(customers_of(item), None)
    if owner is None or item.get("deleted"):
        return None
    traits = found.setdefault(owner, Traits())
    if kind in ("customer", "subscription"):
        traits.notes[str(item.get("id"))] = {str(key): str(value) for key, value in (item.get("metadata") or {}).items()}
    if kind == "customer" and "address" in item:
        traits.country = (item["address"] or {}).get("country")
    if kind == "subscription":
        one = traits.subscriptions.setdefault(str(item.get("id")), Subscribed())
        began = item.get("start_date") or item.get("created")
        one.began = began if isinstance(began, int) else one.began
        one.is_live = item.get("status") not in _ENDED
        entries = (item.get("items") or {}).get("data") or []
        if entries:
            one.prices, one.products = set(), set()
        for entry in entries:
            for sold in (entry.get("price"), entry.get("plan")):
                if isinstance(sold, dict):
                    one.prices.update([sold["id"]] if isinstance(sold.get("id"), str) else [])
                    product = sold.get("product")
                    one.products.update([product] if isinstance(product, str) else [])
    return owner


# --- whether it came so


def missed(intent: Intent, deltas: Mapping[str, Mapping[str, int] | None], events: Mapping[str, int]) -> list[Missed]:
    """What did not become as meant for a customer whom it concerns; `deltas` are the columns by currency (null: not known).

    A column of money that nobody spoke of is meant to stay as it is, but what moves to the horizon goes with the next bill.
    """
    found = []
    for aim in intent.what:
        if aim.what not in COLUMNS:
            came = events.get(aim.what, 0)
            if came != aim.amount:
                found.append(Missed(aim.text, f"{came:+d}" if came else "0", aim.what))
            continue
        delta = deltas.get(aim.what)
        if delta is not None and not _is_so(aim, delta):
            found.append(Missed(aim.text, _shown(delta), aim.what))
    spoken = {aim.what for aim in intent.what} | {"moved to the horizon"}
    found += [
        Missed(f"{column} 0", _shown(delta), column)
        for column, delta in deltas.items()
        if column not in spoken and delta and any(delta.values())
    ]
    return found


def _is_so(aim: Aim, delta: Mapping[str, int]) -> bool:
    if aim.currency is None:
        return all(abs(amount) <= aim.within for amount in delta.values())
    others = any(amount for currency, amount in delta.items() if currency != aim.currency)
    return not others and abs(delta.get(aim.currency, 0) - aim.amount) <= aim.within


def _shown(delta: Mapping[str, int]) -> str:
    return ", ".join(f"{amount:+d} {currency}" for currency, amount in sorted(delta.items()) if amount) or "0"


def goes_along(field: str) -> bool:
    """Whether a difference of bills is meant by whoever means their sums."""
    return field not in _APART


def decides_beyond(parameter: str) -> bool:
    """Whether a parameter decides on more than what a customer pays up to the next bill."""
    parts = param_name(parameter)
    return parameter in _BEYOND or ("metadata" not in parts and not _BEYOND.isdisjoint(parts))


def acts_later(field: str | None) -> bool:
    """Whether a place decides on what comes after the next bill, so that a sum which came as meant does not show that it was meant."""
    parts = (field or "").replace("[]", "").split(".")
    return "metadata" not in parts and not _LATER.isdisjoint(parts)
