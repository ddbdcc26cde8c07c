"""An SDK's retries are one logical call: same key, same request, an earlier attempt that did not end in an answer of its own."""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from replayer.model import Exchange, Request

KEY_LIFETIME = 24 * 3600.0  # Stripe keeps a key's answer at least this long (API reference, "Idempotent requests")
_RETRIED = frozenset({409, 429})
_LOCKED = frozenset({"lock_timeout", "idempotency_key_in_use"})


def is_retried(exchange: Exchange) -> bool:
    """Whether an SDK sends this again by itself: no answer, a lock time-out, a conflict, or a failure of the server's."""
    status = exchange.outcome.status
    return status is None or status in _RETRIED or status >= 500


def is_turned_away(exchange: Exchange) -> bool:
    """Whether Stripe turned a request away before it looked at it: too many at once, or another one held the lock. It did nothing."""
    status, body = exchange.outcome.status, exchange.outcome.body
    error = body.get("error") if isinstance(body, dict) else None
    return status == 429 or (status == 409 and isinstance(error, dict) and error.get("code") in _LOCKED)


def identity(exchange: Exchange) -> bytes | None:
    """What the attempts of one call share; null where the request has no key."""
    request = exchange.request
    if request.idempotency_key is None or exchange.lane != "api":
        return None
    parts = (exchange.source, request.account, request.idempotency_key, request.method, request.path, request.params)
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=12).digest()


class Retries:
    """Which exchanges of a source another attempt stands for, as a rule the last; built in one pass, holding keys of failed attempts."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._superseded: dict[str, str] = {}
        waiting: dict[bytes, tuple[Exchange, bool]] = {}
        for exchange in exchanges:
            key = identity(exchange)
            if key is None:
                continue
            earlier, turned_away = waiting.pop(key, (None, False))
            if earlier is not None and (exchange.at or 0) - (earlier.at or 0) < KEY_LIFETIME:
                if is_turned_away(exchange) and not turned_away:  # it may have been executed: that Stripe then turned one away says nothing
                    self._superseded[exchange.id] = earlier.id
                    waiting[key] = earlier, False
                    continue
                self._superseded[earlier.id] = exchange.id
            if is_retried(exchange):
                waiting[key] = _light(exchange), is_turned_away(exchange)

    def __contains__(self, exchange_id: str) -> bool:
        return exchange_id in self._superseded

    def __len__(self) -> int:
        return len(self._superseded)

    def logical(self, exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
        """The exchanges of the `api` lane without those that a later attempt superseded; stimuli stay at their places."""
        return (one for one in exchanges if one.lane in ("api", "external") and one.id not in self._superseded)


def _light(exchange: Exchange) -> Exchange:
    return Exchange(id=exchange.id, source=exchange.source, at=exchange.at, request=Request(method="", path=""))
