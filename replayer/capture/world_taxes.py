"""Rates of automatic tax, from the lines of invoices: by place, product tax code and day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from replayer.model.world import Place, TaxRate, place_of

_WHOLE = 100
_MOST_DECIMALS = 4  # of a rate: some US rates have three and more


class Seen(msgspec.Struct, frozen=True):
    """One tax of a line: where, on what, when, by which rate and for what reason."""

    place: Place
    product: str | None
    on: date
    rate: str
    reason: str
    taxable: int | None
    amount: int | None


class Taxes:
    """Learns rates: those that a tax rate object states, joined with the lines that name it; else what fits every line."""

    def __init__(self) -> None:
        self._percentages: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        self._seen: list[Seen] = []

    def add(self, kind: str, state: dict[str, Any]) -> None:
        """Learn from an object."""
        if kind == "tax_rate" and state.get("percentage") is not None:
            self._percentages[state["id"]] = str(state.get("effective_percentage") or state["percentage"])
        elif kind == "product" and state.get("tax_code"):
            code = state["tax_code"]
            self._codes[state["id"]] = str(code.get("id") if isinstance(code, dict) else code)
        elif kind == "invoice":
            self._invoice(state)

    def rates(self) -> list[TaxRate]:
        """The rates, each with the first and last day on which it was seen."""
        found: dict[tuple[Any, ...], TaxRate] = {}
        for one in self._seen:
            stated = self._percentages.get(one.rate)
            percentage = stated or self._fitting(one.rate)
            if percentage is None:
                continue
            country, state, postal = one.place
            rate = TaxRate(
                country=str(country), state=state, postal=postal, tax_code=self._codes.get(one.product or ""),
                percentage=_plain(percentage), reason=one.reason, since=one.on, until=one.on, derived=stated is None,
            )  # fmt: skip
            key = (one.place, rate.tax_code, one.rate)
            known = found.get(key, rate)
            since, until = min(filter(None, (known.since, one.on))), max(filter(None, (known.until, one.on)))
            found[key] = msgspec.structs.replace(rate, since=since, until=until)
        return list(found.values())

    def _fitting(self, rate: str) -> str | None:
        """The percentage of the fewest decimals that gives the tax of every line of a rate, null where none does."""
        pairs = {(one.taxable, one.amount) for one in self._seen if one.rate == rate and one.taxable and one.amount is not None}
        if not pairs:
            return None
        taxable, amount = max(pairs)
        for places in range(_MOST_DECIMALS + 1):
            found = round(Decimal(amount * 100) / Decimal(taxable), places)
            if 0 <= found <= _WHOLE and all(_taken(base, found) == tax for base, tax in pairs):
                return str(found)
        return None

    def _invoice(self, invoice: dict[str, Any]) -> None:
        automatic = invoice.get("automatic_tax")
        place = place_of((invoice.get("customer_shipping") or {}).get("address")) or place_of(invoice.get("customer_address"))
        if place is None or not isinstance(automatic, dict) or automatic.get("status") != "complete":
            return
        lines, created = invoice.get("lines"), invoice.get("created")
        if not isinstance(lines, dict) or not isinstance(created, int):
            return
        on = datetime.fromtimestamp(created, UTC).date()
        for line in lines.get("data") or []:
            for tax in line.get("taxes") or line.get("tax_amounts") or []:
                rate = tax.get("tax_rate") or (tax.get("tax_rate_details") or {}).get("tax_rate")
                rate = rate.get("id") if isinstance(rate, dict) else rate
                if isinstance(rate, str):
                    reason = str(tax.get("taxability_reason") or "standard_rated")
                    self._seen.append(Seen(place, _product(line), on, rate, reason, tax.get("taxable_amount"), tax.get("amount")))


def _taken(base: Any, percentage: Decimal) -> int:
    return int((Decimal(base) * percentage / 100).quantize(Decimal(1), ROUND_HALF_UP))


def _product(line: dict[str, Any]) -> str | None:
    price, pricing = line.get("price"), line.get("pricing")
    details = pricing.get("price_details") if isinstance(pricing, dict) else None
    found = price.get("product") if isinstance(price, dict) else details.get("product") if isinstance(details, dict) else None
    return found.get("id") if isinstance(found, dict) else found


def _plain(percentage: str) -> str:
    return f"{Decimal(percentage).normalize():f}"
