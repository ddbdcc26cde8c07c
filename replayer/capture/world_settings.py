"""An account's settings, as far as answers and events show them."""

from __future__ import annotations

from typing import Any

from replayer.model.world import Account, AfterRetries

_DAY = 86400
_OFFERING = ("payment_intent", "setup_intent")


class Settings:
    """Learns the settings of the key's own account and of connected ones."""

    def __init__(self) -> None:
        self._fields: dict[str | None, dict[str, Any]] = {}
        self._retries: dict[str | None, dict[int, int]] = {}

    def add(self, kind: str, state: dict[str, Any], account: str | None) -> None:
        """Learn from an object that an account holds."""
        known = self._fields.setdefault(account, {})
        if kind == "invoice":
            for name, field in (("name", "account_name"), ("country", "account_country")):
                if isinstance(state.get(field), str):
                    known.setdefault(name, state[field])
        elif kind in _OFFERING and (state.get("automatic_payment_methods") or {}).get("enabled"):
            types = state.get("payment_method_types")
            if isinstance(types, list):
                known.setdefault("payment_method_types", [str(one) for one in types])
        elif kind == "tax.settings":
            behavior = (state.get("defaults") or {}).get("tax_behavior")
            if behavior is not None:
                known.setdefault("tax_behavior", behavior)
        elif kind == "event" and state.get("type") == "invoice.payment_failed":
            self._failed(state, account)
        elif kind == "subscription":
            after = _after(state)
            if after is not None:
                known.setdefault("after_retries", after)

    def accounts(self, settles_in: str | None) -> list[Account]:
        """What was learnt of each."""
        found = []
        for account, fields in self._fields.items():
            days, settled = self._days(account) or None, settles_in if account is None else None
            if fields or days or settled:
                found.append(Account(id=account, retry_days=days, settles_in=settled, **fields))
        return found

    def _failed(self, event: dict[str, Any], account: str | None) -> None:
        """A failed attempt to collect an invoice: its event shows the invoice as it then was, and when the next attempt is due."""
        data, at = event.get("data"), event.get("created")
        invoice = data.get("object") if isinstance(data, dict) else None
        if not isinstance(invoice, dict) or not isinstance(at, int):
            return
        following, count = invoice.get("next_payment_attempt"), invoice.get("attempt_count")
        if isinstance(following, int) and isinstance(count, int) and count > 0 and following > at:
            self._retries.setdefault(account, {})[count] = max(1, round((following - at) / _DAY))

    def _days(self, account: str | None) -> list[int]:
        known = self._retries.get(account, {})
        found: list[int] = []
        while len(found) + 1 in known:
            found.append(known[len(found) + 1])
        return found


def _after(subscription: dict[str, Any]) -> AfterRetries | None:
    details = subscription.get("cancellation_details")
    if isinstance(details, dict) and details.get("reason") == "payment_failed":
        return "cancel"
    return "unpaid" if subscription.get("status") == "unpaid" else None
