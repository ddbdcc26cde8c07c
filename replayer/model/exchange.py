"""One request and its outcome: what every capture is made of."""

from typing import Any, Literal

import msgspec

from replayer.model.effect import Effect

Lane = Literal["api", "webhook", "app", "external"]
Encoding = Literal["form", "json", "multipart", "raw"]
Disposition = Literal["sent", "skipped", "dropped", "raised"]


class Request(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A request, decoded.

    `path` is as on the wire, without the query. `params` is the query and the form as nested dicts and lists whose leaves are the strings
    of the wire, in the order sent (for `encoding="json"`, JSON values; a multipart file is `{"@file": {"filename", "type", "size"}}`).
    `body` holds a body that could not be decoded (`base64:` before binary). `version`, `account` and `idempotency_key` are the headers
    Stripe-Version, Stripe-Account (or Stripe-Context) and Idempotency-Key; `headers` are the others that were kept, in lower case.
    `caller` names the API key without holding it: its mode and a keyed fingerprint (`sk_test:3fa2…`). `kept` is false where the body was
    not kept, so that the request cannot be sent again.
    """

    method: str
    path: str
    params: dict[str, Any] = {}
    version: str | None = None
    account: str | None = None
    idempotency_key: str | None = None
    headers: dict[str, str] = {}
    host: str = "api.stripe.com"
    encoding: Encoding = "form"
    body: str | None = None
    caller: str | None = None
    kept: bool = True


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What came back.

    `status` is null where the outcome is unknown; then `error` says why (`open`, `client time-out`, `upstream reset`, …). `body` is the
    decoded JSON answer, `text` an answer that is not JSON. An arm's target may add `effects`, what the call did (null: the target does
    not know), and `origins`, the key of the manifest's `origin_sets` entry that names the leaves which were not computed.
    """

    status: int | None = None
    headers: dict[str, str] = {}
    body: Any = None
    text: str | None = None
    error: str | None = None
    origins: str | None = None
    effects: list[Effect] | None = None

    @property
    def refusal(self) -> str | None:
        """The words of Stripe's error, null where the answer is none."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        message = error.get("message") if isinstance(error, dict) else None
        return message if isinstance(message, str) else None

    @property
    def why(self) -> str:
        """Why it is not what was hoped for: Stripe's words, else what happened, else the status."""
        return self.refusal or self.error or f"status {self.status}"


class Exchange(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One request and its outcome, as seen on one lane of one source.

    `id` is `x` and the exchange's place in its capture, from 1. `at` is when the request was sent, in epoch seconds, `duration` is in
    seconds. In an arm, `replayed_from` is the id of the parent capture's exchange, and `disposition` says what became of the call:
    `sent`; `skipped` (an id in it is unbound); `dropped` (by the candidate); `raised` (the candidate failed on it); `reason` says why.
    `stands_for` is what a candidate said of it: recorded ids and the live ids that they stand for from here on.
    """

    id: str
    source: str
    lane: Lane = "api"
    at: float | None = None
    duration: float | None = None
    request: Request
    outcome: Outcome = Outcome()
    replayed_from: str | None = None
    disposition: Disposition = "sent"
    reason: str | None = None
    stands_for: dict[str, str] = {}
