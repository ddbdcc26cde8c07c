"""What balance transactions show of fees and exchange rates.

Amounts are not taken over: of fees only a schedule that fits every one that was seen, of rates those that are stated.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from replayer.capture.world_payers import id_of
from replayer.model.world import ExchangeRate, Fee

_HALF = Fraction(1, 2)
_PERCENTS = [Fraction(step, 20) for step in range(121)]  # 0 to 6 % in steps of 0.05


class Ledger:
    """Learns the balance transactions of charges."""

    def __init__(self) -> None:
        self._currencies: dict[str, str] = {}
        self._entries: dict[str, dict[str, Any]] = {}

    def add(self, identifier: str, kind: str, state: dict[str, Any]) -> None:
        """Learn from an object."""
        if kind == "charge" and isinstance(state.get("currency"), str):
            self._currencies[identifier] = state["currency"]
        elif kind == "balance_transaction":
            self._entries.setdefault(identifier, state)

    def _of_charges(self) -> Iterator[tuple[dict[str, Any], str]]:
        """The balance transactions of charges, each with the currency that was charged."""
        for entry in self._entries.values():
            charged = self._currencies.get(str(id_of(entry.get("source"))))
            if entry.get("type") == "charge" and charged is not None and isinstance(entry.get("amount"), int):
                yield entry, charged

    def settled_in(self) -> str | None:
        """The one currency in which everything arrives, where something was charged in another."""
        found = [(str(entry["currency"]), charged) for entry, charged in self._of_charges()]
        arrived = {currency for currency, _ in found}
        return arrived.pop() if len(arrived) == 1 and any(one != other for one, other in found) else None

    def rates(self) -> Iterator[ExchangeRate]:
        """The exchange rates, each with its day."""
        known = set()
        for entry, charged in self._of_charges():
            if entry.get("exchange_rate") is not None and entry["currency"] != charged:
                rate = ExchangeRate(
                    currency=charged, to=str(entry["currency"]), rate=str(entry["exchange_rate"]), on=_day(entry.get("created"))
                )
                if rate not in known:
                    known.add(rate)
                    yield rate

    def fees(self) -> Iterator[Fee]:
        """The schedule that fits every fee of Stripe's own in a currency, where there is just one."""
        by_currency: dict[str, list[tuple[int, int]]] = {}
        for entry, charged in self._of_charges():
            details = entry.get("fee_details")
            own = [one for one in details if one.get("type") == "stripe_fee"] if isinstance(details, list) else []
            if len(own) == 1 and charged == entry["currency"] and own[0].get("currency") == charged:
                by_currency.setdefault(charged, []).append((entry["amount"], own[0]["amount"]))
        for currency, seen in sorted(by_currency.items()):
            found = [(percent, fixed) for percent in _PERCENTS if (fixed := _fixed(seen, percent)) is not None]
            if len(found) == 1:
                amounts = [amount for amount, _ in seen]
                yield Fee(currency=currency, percent=_plain(found[0][0]), fixed=found[0][1], least=min(amounts), most=max(amounts))


def _fixed(seen: list[tuple[int, int]], percent: Fraction) -> int | None:
    """The fixed part that goes with a percentage in every fee that was seen, null where there is none."""
    rest = {fee - int(amount * percent / 100 + _HALF) for amount, fee in seen}
    return rest.pop() if len(rest) == 1 and min(rest, default=-1) >= 0 else None


def _plain(value: Fraction) -> str:
    return f"{float(value):g}"


def _day(created: object) -> date | None:
    """The day of a time in epoch seconds."""
    return datetime.fromtimestamp(created, UTC).date() if isinstance(created, int) else None
