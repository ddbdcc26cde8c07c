"""The signature that Stripe puts on a webhook: `Stripe-Signature: t=…,v1=…`.

HMAC-SHA256 of `"{t}.{raw body}"` with the endpoint's secret; a receiver takes any `v1` that fits, and a time within 300 s (official SDKs).
"""

from __future__ import annotations

import hashlib
import hmac

TOLERANCE = 300  # seconds


def sign(body: bytes, secret: str, at: int) -> str:
    """The header for a body, sent at a time (epoch seconds)."""
    return f"t={at},v1={_digest(body, secret, at)}"


def verify(body: bytes, header: str, secret: str, now: float) -> bool:
    """Whether a header fits a body and is recent enough."""
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name.strip() == "t" and value.isdigit()]
    if len(times) != 1 or abs(now - int(times[0])) > TOLERANCE:
        return False
    wanted = _digest(body, secret, int(times[0]))
    return any(name.strip() == "v1" and hmac.compare_digest(value, wanted) for name, _, value in parts)


def _digest(body: bytes, secret: str, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
