"""The world: facts that no target can compute and both arms take as given, each with the conditions in which it was seen.

A fact is a decision (this card was declined at its second attempt; the tax at this place is 20 %), never an amount that an answer shows.
Used outside its conditions it is still the best that is known, and what rests on it is *assumed*: `Found.assumed` says so in words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

Answer = Literal["succeeds", "declined", "requires_action"]
AfterRetries = Literal["cancel", "unpaid", "past_due"]
TaxBehavior = Literal["exclusive", "inclusive", "inferred_by_currency"]


Decimals = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+(\.[0-9]+)?$")]
Positive = Annotated[str, msgspec.Meta(pattern=r"^(?=.*[1-9])[0-9]+(\.[0-9]+)?$")]
Count = Annotated[int, msgspec.Meta(ge=1)]
Amount = Annotated[int, msgspec.Meta(ge=0)]


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What every fact has: the source of a capture whose calls it holds for; none: all of them."""

    source: str | None = None


class IssuerAnswer(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """How an issuer answered an attempt to charge a payment method, card or source.

    `attempt` counts from 1, per source of the capture; `at` is when it was made: where that is known, it is by its time
    that an attempt is known again, so that one more before it turns nothing round. `requires_action` is 3D Secure demanded. `code` and
    `decline_code` are those of a decline. `amount` (minor units) is what was asked for: a success speaks for that and less, a decline for
    that and more.
    """

    payment_method: str
    attempt: Count
    answer: Answer
    code: str | None = None
    decline_code: str | None = None
    amount: Amount | None = None
    currency: str | None = None
    at: datetime | None = None


class TaxRate(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """One rate of automatic tax, in per cent, at a place (`postal`: the first three characters of the code) for a product tax code.

    `since` and `until` are the first and last day on which it was seen. `reason` is Stripe's `taxability_reason`; places that levy several
    taxes have a rate for each. `derived` is true of a rate that no answer states, worked out from amounts: a file may hold it, and
    what rests on it is assumed.
    """

    country: str
    state: str | None = None
    postal: str | None = None
    tax_code: str | None = None
    percentage: Decimals
    reason: str = "standard_rated"
    since: date | None = None
    until: date | None = None
    derived: bool = False


class Fee(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """What Stripe takes of a charge in a currency: per cent of the amount and a fixed part (minor units), seen from `least` to `most`."""

    currency: str
    percent: Decimals
    fixed: Amount
    least: Amount
    most: Amount


class ExchangeRate(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """What one unit of a currency is in another, on a day."""

    currency: str
    to: str
    rate: Positive
    on: date | None = None


class Account(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """Settings of an account that the API does not show; `id` is a connected account's, none: the key's own.

    `retry_days` are the days from each failed attempt to collect an invoice to the next, `after_retries` what becomes of a subscription
    when none is left. `settles_in` is the currency of its balance, `tax_behavior` whether tax is within prices that do not say it.
    """

    id: str | None = None
    name: str | None = None
    country: str | None = None
    payment_method_types: list[str] | None = None
    retry_days: list[Count] | None = None
    after_retries: AfterRetries | None = None
    settles_in: str | None = None
    tax_behavior: TaxBehavior | None = None


class Found[T](msgspec.Struct, frozen=True):
    """A fact, and in words what it is assumed to hold for beyond the conditions in which it was seen; none: these hold."""

    fact: T
    assumed: str | None = None


class Made(msgspec.Struct, frozen=True):
    """When an attempt is made: the how many-th it is, its time (epoch seconds), and by how much that may be off."""

    attempt: int
    at: int
    slack: int

    def is_it(self, fact: IssuerAnswer) -> bool:
        """Whether a fact speaks of this attempt."""
        return fact.attempt == self.attempt if fact.at is None else abs(fact.at.timestamp() - self.at) <= self.slack

    def is_after(self, fact: IssuerAnswer) -> bool:
        """Whether a fact speaks of an attempt before this one."""
        return fact.attempt < self.attempt if fact.at is None else fact.at.timestamp() <= self.at

    def distance(self, fact: IssuerAnswer) -> tuple[int, int]:
        """How far a fact is from this attempt."""
        return 0 if fact.at is None else abs(int(fact.at.timestamp()) - self.at), fact.attempt


def answer_of(known: Sequence[IssuerAnswer], made: Made, amount: int, used: Collection[int] = ()) -> Found[IssuerAnswer] | None:
    """How an issuer answers an attempt at a method: as seen then, else as at the attempt before it seen last, else as at the first.

    `known` are the method's answers in the order of attempts, `used` the attempts whose answers were given already.
    """
    if not known:
        return None
    same = min((one for one in known if one.attempt not in used and made.is_it(one)), key=made.distance, default=None)
    fact = same or next((one for one in reversed(known) if made.is_after(one)), known[0])
    beyond = []
    if same is None:
        beyond.append(f"at another attempt than those that were seen, as at attempt {fact.attempt}")
    if fact.amount is not None and (amount > fact.amount if fact.answer == "succeeds" else amount < fact.amount):
        beyond.append(f"for {amount} as for {fact.amount} {fact.currency or ''}".rstrip())
    return Found(fact, f"{fact.payment_method} {_SAID[fact.answer]} {', and '.join(beyond)}" if beyond else None)


class World(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """All facts."""

    accounts: list[Account] = []
    issuers: list[IssuerAnswer] = []
    taxes: list[TaxRate] = []
    fees: list[Fee] = []
    exchange_rates: list[ExchangeRate] = []

    def of(self, source: str) -> World:
        """The facts that hold for a source's calls."""
        held = {name: [fact for fact in getattr(self, name) if fact.source in (None, source)] for name in self.__struct_fields__}
        return World(**held)

    def stated(self) -> World:
        """The same without rates that no answer states."""
        return msgspec.structs.replace(self, taxes=[one for one in self.taxes if not one.derived])

    def by_number(self) -> World:
        """The same where the clock is another one than the capture's: attempts go by their numbers."""
        return msgspec.structs.replace(self, issuers=[msgspec.structs.replace(one, at=None) for one in self.issuers])

    def account(self, identifier: str | None) -> Account:
        """What is known of an account's settings."""
        return next((one for one in self.accounts if one.id == identifier), Account())

    def by_method(self) -> dict[str, list[IssuerAnswer]]:
        """The answers of issuers by payment method, in the order of attempts."""
        found: dict[str, list[IssuerAnswer]] = {}
        for one in sorted(self.issuers, key=lambda one: one.attempt):
            found.setdefault(one.payment_method, []).append(one)
        return found

    def tax(self, place: Place, tax_code: str | None, on: date) -> Found[list[TaxRate]] | None:
        """The rates at a place for a product tax code on a day: of the nearest place, code and day that were seen."""
        here = [one for one in self.taxes if _is_at(one, place)]
        if not here:
            return None
        most = max(_precision(one) for one in here)
        here = [one for one in here if _precision(one) == most]
        coded = [one for one in here if one.tax_code == tax_code] or [one for one in here if one.tax_code is None]
        said = []
        if not coded:
            nearest = min(here, key=lambda one: _days(one, on)).tax_code
            coded = [one for one in here if one.tax_code == nearest]
            said.append(f"for {tax_code or 'no product tax code'} as for {nearest or 'none'}")
        least = min(_days(one, on) for one in coded)
        rates = [one for one in coded if _days(one, on) == least]
        if least:
            said.append(f"on {on} as on {rates[0].until if rates[0].until and rates[0].until < on else rates[0].since}")
        if any(one.derived for one in rates):
            said.append("worked out from amounts")
        total = sum((Decimal(one.percentage) for one in rates), Decimal(0))
        where = "-".join(part for part in place if part)
        return Found(rates, f"tax of {total.normalize():f} % in {where} {' and '.join(said)}" if said else None)

    def fee(self, currency: str, amount: int) -> Found[Fee] | None:
        """What Stripe takes of a charge."""
        known = [one for one in self.fees if one.currency == currency]
        if not known:
            return None
        fact = min(known, key=lambda one: max(one.least - amount, amount - one.most, 0))
        if fact.least <= amount <= fact.most:
            return Found(fact)
        said = f"a fee of {fact.percent} % + {fact.fixed} {currency} for {amount} as for {fact.least} to {fact.most}"
        return Found(fact, said)

    def exchange(self, currency: str, to: str, on: date) -> Found[ExchangeRate] | None:
        """What a currency is worth in another on a day: on the nearest that was seen."""
        known = [one for one in self.exchange_rates if (one.currency, one.to) == (currency, to)]
        if not known:
            return None
        fact = min(known, key=lambda one: abs((one.on - on).days) if one.on else 0)
        if fact.on in (None, on):
            return Found(fact)
        return Found(fact, f"1 {currency} = {fact.rate} {to} on {on} as on {fact.on}")


Place = tuple[str | None, str | None, str | None]  # country, state, postal prefix
POSTAL_PREFIX = 3
_PSEUDONYM = "~"
_SAID: dict[Answer, str] = {"succeeds": "succeeds", "declined": "is declined", "requires_action": "asks for 3D Secure"}


def place_of(address: object) -> Place | None:
    """The place of an address as Stripe shows it; none where it has no country."""
    if not isinstance(address, dict) or not address.get("country"):
        return None
    postal = address.get("postal_code")
    return str(address["country"]), address.get("state") or None, _prefix(str(postal)) if postal else None


def _prefix(postal: str) -> str:
    """The beginning of a postal code; a pseudonym, which begins with a mark, as a whole."""
    return postal if postal.startswith(_PSEUDONYM) else postal[:POSTAL_PREFIX].upper()


def joined(worlds: Iterable[tuple[str | None, World]]) -> World:
    """One world of several sources' (null: that of all), each fact naming its source."""
    found: dict[str, list[Fact]] = {name: [] for name in World.__struct_fields__}
    for source, world in worlds:
        for name, facts in found.items():
            facts.extend(msgspec.structs.replace(fact, source=source or fact.source) for fact in getattr(world, name))
    return World(**found)  # type: ignore[arg-type]  # each list holds what its name says


def facts_of(world: World) -> Iterator[Fact]:
    """Every fact."""
    for name in world.__struct_fields__:
        yield from getattr(world, name)


def _is_at(rate: TaxRate, place: Place) -> bool:
    country, state, postal = place
    return rate.country == country and rate.state in (None, state) and rate.postal in (None, postal)


def _precision(rate: TaxRate) -> int:
    return (rate.state is not None) + (rate.postal is not None)


def _days(rate: TaxRate, on: date) -> int:
    """How many days lie between a day and those on which a rate was seen."""
    if rate.since is not None and on < rate.since:
        return (rate.since - on).days
    return (on - rate.until).days if rate.until is not None and on > rate.until else 0
