"""Keys of an arm: idempotency keys that are equal where the recorded ones were and never between arms or runs, and made-up API keys."""

from __future__ import annotations

import hashlib
import hmac

from replayer.model import Exchange


def derived_key(seed: str, *parts: str) -> str:
    """An idempotency key, made of a run's seed and what it stands for."""
    return hmac.new(seed.encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:32]


def account_key(seed: str, role: str, source: str) -> str:
    """A made-up key: an account of its own for each arm and source, where a target takes any key."""
    return "sk_test_" + hmac.new(seed.encode(), f"{role}\0{source}".encode(), hashlib.sha256).hexdigest()[:24]


def is_idempotency_error(exchange: Exchange) -> bool:
    """Whether Stripe said that a key was used for another call."""
    body = exchange.outcome.body
    return isinstance(body, dict) and isinstance(body.get("error"), dict) and body["error"].get("type") == "idempotency_error"
