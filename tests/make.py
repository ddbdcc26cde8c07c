"""Exchanges for tests, in few words."""

from replayer.model import Exchange, Outcome, Request

T0 = 1_760_000_000.0


def exchange(
    number, method, path, params=None, body=None, *, status=200, source="s", at=None, key=None, lane="api", version="2025-10-29.clover"
):
    """An exchange `x{number}`, a second after the one before it."""
    return Exchange(
        id=f"x{number}",
        source=source,
        lane=lane,
        at=T0 + number if at is None else at,
        request=Request(method=method, path=path, params=params or {}, idempotency_key=key, version=version),
        outcome=Outcome(status=status, body=body) if status else Outcome(error="client time-out"),
    )


def customer(identifier="cus_Test00000001", **fields):
    """A customer's answer."""
    return {"id": identifier, "object": "customer", "balance": 0, "created": int(T0), "email": None, **fields}
