"""A simulator to talk to in tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from replayer.model import Outcome, Request
from replayer.simulator import Simulator

NOW = 1_760_000_000.0
VERSION = "2025-10-29.clover"


class Account:
    """One account of a simulator; answers of calls are outcomes, of `ok` bodies."""

    def __init__(self, simulator: Simulator, version: str | None = VERSION) -> None:
        self.simulator = simulator
        self.version = version

    def call(self, operation: str, params: dict[str, Any] | None = None, **more: Any) -> Outcome:
        method, path = operation.split(" ")
        key = more.pop("key", "sk_test_simulator")
        at = more.pop("at", None)
        request = Request(method=method, path=path, params=params or {}, **{"version": self.version, **more})
        return self.simulator.send(request, key=key, at=at)

    def ok(self, operation: str, params: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        outcome = self.call(operation, params, **more)
        assert outcome.status == 200, outcome
        assert isinstance(outcome.body, dict)
        return outcome.body

    def error(self, operation: str, params: dict[str, Any] | None = None, **more: Any) -> tuple[int | None, dict[str, Any]]:
        outcome = self.call(operation, params, **more)
        assert isinstance(outcome.body, dict), outcome
        return outcome.status, outcome.body["error"]

    def origins(self, outcome: Outcome) -> dict[str, list[str]]:
        assert outcome.origins is not None
        return self.simulator.origin_sets[outcome.origins]

    def untold(self, outcome: Outcome) -> set[str]:
        """Every leaf that was not computed."""
        return {path for paths in self.origins(outcome).values() for path in paths}

    def customer(self, **params: Any) -> str:
        return str(self.ok("POST /v1/customers", params)["id"])

    def card(self, customer: str, token: str = "pm_card_visa") -> str:
        return str(self.ok(f"POST /v1/payment_methods/{token}/attach", {"customer": customer})["id"])

    def paid(self, amount: int = 2000, **params: Any) -> dict[str, Any]:
        given = {"amount": str(amount), "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true", **params}
        return self.ok("POST /v1/payment_intents", given)


@pytest.fixture
def account() -> Account:
    """An empty account, its clock in October 2025."""
    return Account(Simulator(NOW))


@pytest.fixture
def another() -> Callable[[], Account]:
    """More empty accounts, each of a simulator of its own."""
    return lambda: Account(Simulator(NOW))
