"""Raw test cards become the tokens that stand for them, so that a redacted call can be made again with the same outcome.

Stripe refuses raw card numbers in test mode unless it was asked to allow them, so a number is worth less than its token there. A card
without a token (and `POST /v1/tokens`, which takes no other) keeps its documented number, which is nobody's.
"""

from typing import Any

from replayer.model import Unstorable
from replayer.stripeapi.sensitive import CARD_NUMBER_NAMES, NEVER_STORED, is_card_number
from replayer.stripeapi.testdata import card

_BESIDE = frozenset({"exp_month", "exp_year", "exp"}) | NEVER_STORED
_HOLDERS = frozenset({"card", "source", "external_account", "default_source", "card_present"})
_REPLACED = frozenset({*CARD_NUMBER_NAMES, *_BESIDE, "object"})
_BRIEF = frozenset({str, int, float, bool, type(None)})
_KEEPS_NUMBER = "/v1/tokens"
_SOURCES = "/v1/sources"
_METHODS = "/v1/payment_methods"


def tokenise(path: str, params: dict[str, Any]) -> dict[str, Any]:
    """A request's parameters with tokens for raw test cards; raises Unstorable where one of another card stands.

    `card` of a payment method (and of `payment_method_data`) becomes `{"token": …}`; `card`, `source` and `external_account` elsewhere
    become the token itself; a source's `card` becomes its `token`. The same object where there is no raw card.
    """
    if _BRIEF.issuperset(map(type, params.values())):
        return params
    _refuse_unknown(params)
    changes: dict[str, Any] = {}
    for name in ("card", "source", "external_account"):
        token = None if path == _KEEPS_NUMBER else _token(params.get(name))
        if token is not None:
            target = "token" if path == _SOURCES and name == "card" else name
            changes[target] = _with_token(params[name], token) if path == _METHODS else token
    data = params.get("payment_method_data")
    if isinstance(data, dict) and (token := _token(data.get("card"))) is not None:
        changes["payment_method_data"] = {**data, "card": _with_token(data["card"], token)}
    if not changes:
        return params
    kept = {name: value for name, value in params.items() if not (name == "card" and "token" in changes)}
    return {**kept, **changes}


def _token(value: Any) -> str | None:
    number = value.get("number") if isinstance(value, dict) else None
    found = card(str(number)) if number is not None else None
    return found.token if found else None


def _with_token(given: dict[str, Any], token: str) -> dict[str, Any]:
    """A card's hash with a token in place of what is written on the card; a card with a token takes neither number nor expiry."""
    return {"token": token, **{name: value for name, value in given.items() if name not in _REPLACED}}


def _refuse_unknown(params: dict[str, Any], holder: str = "") -> None:
    """A number in a card's hash is a card's, whatever its check digit: a slip of the pen is one digit away from somebody's."""
    is_card = holder in _HOLDERS or not _BESIDE.isdisjoint(params)
    for name, value in params.items():
        if isinstance(value, dict):
            _refuse_unknown(value, name)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    _refuse_unknown(item, name)
        elif is_card and name in CARD_NUMBER_NAMES and is_card_number(str(value)) and card(str(value)) is None:
            raise Unstorable("a card number that is no documented test card", hint="record test cards, or keep card numbers with Stripe.js")
