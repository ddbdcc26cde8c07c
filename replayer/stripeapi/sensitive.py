"""What is sensitive in Stripe traffic, and what is safe to keep: names and shapes, pure.

The rule is default-deny (ARCHITECTURE.md, "Safety"): `replayer.capture.redact` keeps only what the catalogue types as harmless. The tables
here are what types cannot say: which typed values are sensitive all the same, and which untyped ones are Stripe's own words.
"""

import re
from functools import cache
from importlib.resources import files

from replayer.stripeapi.ids import PREFIXES, REFERENCES, is_id
from replayer.stripeapi.testdata import card
from replayer.stripeapi.words import CURRENCIES, ENGLISH, STARTS

# Bearers: whoever holds one can act. A constant stands in their place.
SECRET_NAMES = frozenset({
    "client_secret", "confirmation_secret", "secret", "signing_secret", "secrets", "access_token", "refresh_token",
    "authentication_token", "client_token", "password", "api_key", "stripe_publishable_key", "persistent_token", "auth_code",
    "authorization", "payload_secret", "encrypted_token", "session_token", "bearer_token", "webhook_secret", "private_key",
    "ca_certificate_file", "apple_pay_token", "google_pay_token",
})  # fmt: skip
SECRET = re.compile(r"(?:(?<![A-Za-z0-9])(?:sk|rk|pk|ek|uk)_(?:live|test|org)|whsec_|_secret_|[Bb]earer |[Bb]asic [A-Za-z0-9+/=]{8})")

# Sensitive authentication data: PCI DSS 3.3.1 forbids to store it after authorisation, hashed or not.
NEVER_STORED = frozenset({
    "cvc", "cvv", "cvv2", "cvc2", "csc", "card_security_code", "security_code", "pin", "pin_block", "encrypted_pin",
    "cryptogram", "application_cryptogram", "cavv", "track", "track1", "track2", "track3", "track_1", "track_2", "track_3",
    "track_data", "magstripe", "swipe_data", "emv_data", "emv_auth_data", "encrypted_data", "dynamic_cvc",
})  # fmt: skip

# Numbers that the catalogue types as such but that tell who a person is; Stripe's documented test birthday stands in their place.
BIRTHDAY = {"day": "1", "month": "1", "year": "1901"}
BIRTH_NAMES = frozenset({"dob", "date_of_birth", "birthdate"})

# Fields of answers that SDKs type as text and that hold only words of Stripe's (brands, codes, kinds), never a user's.
VOCABULARY = frozenset({
    "type", "brand", "display_brand", "funding", "network", "preferred", "available", "decline_code", "advice_code", "failure_code",
    "network_decline_code", "network_advice_code", "network_status", "risk_level", "reason", "status", "details_code", "category",
    "payment_method_types", "payment_method_type", "source_type", "reporting_category", "enabled_events", "supported_currencies",
    "usage", "amount_tax_display", "address_line1_check", "address_postal_code_check", "address_zip_check", "cvc_check",
    "currently_due", "past_due", "eventually_due", "pending_verification", "requirement", "alternative_fields_due",
    "original_fields_due", "reference_status", "interval", "payment_method_category", "tokenization_method", "flow",
    "account_holder_type", "account_type",
})  # fmt: skip
WORD = re.compile(r"[a-z][a-z_]*(?:[.][a-z_]+)*|[a-z][a-z_]{0,30}[0-9]{0,2}[a-z_]{0,12}")

# Digits that SDKs type as text and that are harmless: a card's expiry.
DIGITS = frozenset({"exp_month", "exp_year"})
CARD_NUMBER_NAMES = frozenset({"number", "card_number"})

# Sentences of Stripe's that quote a user's words: each word is kept only if it is known to be Stripe's.
SENTENCES = frozenset({"message", "failure_message", "seller_message", "error_message", "failure_reason"})

# Parameters and fields that are syntax: what to answer, which parameter was wrong, where to go on.
PATHS = frozenset({"expand", "include", "param"})
CURSORS = frozenset({"page", "next_page", "previous_page"})
PATH = re.compile(r"\*|[a-z][a-z_]*\d{0,2}[a-z_]*(?:\.(?:[a-z][a-z_]*\d{0,2}[a-z_]*|\*)|\[(?:[a-z_]*\d{0,2}[a-z_]*|\*)\])*")
CURSOR = re.compile(r"(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/=_-]{20,1000}")
OBJECT = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+){0,3}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,39}")
CURRENCY = re.compile(r"[A-Za-z]{3}")
COUNTRY = re.compile(r"[A-Z]{2}")
LOCALE = re.compile(r"auto|[a-z]{2}(?:-[A-Z]{2}|-[0-9]{3})?")
NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,14})?")
LARGEST = 10**13  # no amount, time or quantity is larger; a card's or an account's number may be
TIMESTAMP = re.compile(r"[0-9]{8,12}|now|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
VERSION = re.compile(r"20[1-3]\d-\d{2}-\d{2}(?:\.[a-z]+)?(?:;\s*[a-z_]+=v\d+)*|unsafe-development")
DOCUMENTATION = re.compile(r"https://(?:stripe\.com/docs|docs\.stripe\.com)/[A-Za-z0-9/#_.-]*")

# Headers that are kept, and the shape that their values must have.
_TOKEN = re.compile(r"[a-z][a-z_]{0,40}")
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")
_MIME = re.compile(r"[a-z]+/[a-z0-9.+-]+(?:; ?charset=[A-Za-z0-9-]+)?")
_REQUEST = re.compile(r"req_[A-Za-z0-9]{3,40}")
_BOOLEAN = re.compile(r"true|false")
REQUEST_HEADERS = {
    "content-type": _MIME,
    "stripe-request-trigger": _TOKEN,
    "stripe-livemode": _BOOLEAN,
    "stripe-signature": re.compile("~secret"),
}
RESPONSE_HEADERS = {
    "content-type": _MIME, "date": _DATE, "request-id": _REQUEST, "original-request": _REQUEST, "stripe-version": VERSION,
    "stripe-account": re.compile(r"acct_[A-Za-z0-9]{6,40}"), "idempotent-replayed": _BOOLEAN, "stripe-should-retry": _BOOLEAN,
    "retry-after": re.compile(r"\d{1,6}"), "stripe-rate-limited-reason": re.compile(r"[a-z][a-z_-]{0,60}"), "location": DOCUMENTATION,
    "replayer-origin": re.compile(r"[a-z][a-z0-9.-]{0,60}"), "stripe-mock-version": re.compile(r"[0-9]+(?:\.[0-9]+){0,3}|[a-z]{1,12}"),
}  # fmt: skip
KEY_HEADERS = frozenset({"idempotency-key"})

# An SDK makes these idempotency keys itself; every other key may be the application's, and name a person or an order.
SDK_KEY = re.compile(
    r"(?:stripe-[a-z]+-retry-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|stripe-[a-z]+-retry-[0-9a-f]{16,64}",
    re.IGNORECASE,
)

# Types whose ids users may choose. For every other type, a customer or an account above all, an id of a user's would name somebody.
CHOSEN_TYPES = frozenset({"plan", "price", "product", "coupon", "sku"})
_CHOSEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
_MORE_PREFIXES = frozenset(
    {"ca", "txcd", "ct", "cpmt", "payatt", "fcsess", "fctxn", "cuss", "ic", "prodft", "tmc", "trxn", "fca", "obt", "obp", "ibt"}
)
_NO_DIGITS = re.compile(r"\D+")
_PREFIXED = re.compile(r"([a-z]+(?:_[a-z]+)?)_[A-Za-z0-9]{1,80}")


def is_secret_name(name: str) -> bool:
    """Whether a field or parameter of this name holds a bearer."""
    return name in SECRET_NAMES or name.endswith(("_secret", "_access_token", "_password", "_private_key"))


def has_secret(text: str) -> bool:
    """Whether a key, a signing secret or a client secret stands somewhere in a text."""
    return SECRET.search(text) is not None


def is_name(text: str) -> bool:
    """Whether the name of a field, a parameter or a metadata entry may stay: it reads like a name, not like a value."""
    return NAME.fullmatch(text) is not None and len(_NO_DIGITS.sub("", text)) <= 3 and not has_secret(text)


def is_safe_id(text: str, object_type: str | None = None) -> bool:
    """Whether a text that stands where an id belongs may be kept as it is.

    Stripe's ids are. An id that a user chose for a plan, a product or a coupon is, unless it looks like an address or somebody's number
    (an `@`, a blank, nine digits or more); one that a user chose for a customer, an account or a card is not.
    """
    if is_id(text):
        return True
    if has_secret(text) or _long_number(text):
        return False
    prefixed = _PREFIXED.fullmatch(text)
    return (prefixed is not None and (prefixed[1] in PREFIXES or prefixed[1] in _MORE_PREFIXES)) or (
        object_type in CHOSEN_TYPES and _CHOSEN.fullmatch(text) is not None
    )


def _long_number(text: str) -> bool:
    return len(text) >= 9 and len(_NO_DIGITS.sub("", text)) >= 9


def is_card_number(text: str) -> bool:
    """Whether a text is digits enough, blanks and dashes aside, to be a card's number."""
    digits = text.replace(" ", "").replace("-", "")
    return digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19


# Card numbers in free text: the first digits tell the brand, and the brand the length (ISO/IEC 7812). What no brand has is none, nor are
# digits that stand inside a longer word or number: ids, times in milliseconds (they begin with 1), barcodes (13 digits) are no cards.
_RUN = re.compile(r"(?<![A-Za-z0-9_.])\d(?:[ -]?\d){13,18}(?![A-Za-z0-9_])")
_BRANDED = re.compile(
    r"4\d{15}(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11,16}|"
    r"35(?:2[89]|[3-8]\d)\d{12,15}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|62\d{14,17}|(?:5[06-8]|6\d)\d{12,17}"
)


def has_card_number(text: str) -> bool:
    """Whether a text holds what reads as a real card's number: of a brand's shape, with a right check digit, and no test card's."""
    return len(text) >= 14 and any(_is_card(found) for found in _RUN.findall(text))


def _is_card(run: str) -> bool:
    digits = run.replace(" ", "").replace("-", "")
    return _BRANDED.fullmatch(digits) is not None and _checks(digits) and card(digits) is None


def _checks(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (Luhn, ISO/IEC 7812-1)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0


# Addresses keep what tax follows: the state's code, and the postal code's first characters.
_STATE = re.compile(r"[A-Z]{2,3}")
_POSTAL = re.compile(r"(?=[A-Z -]*\d)[A-Z0-9][A-Z0-9 -]{1,8}[A-Z0-9]")
_POSTAL_PREFIX = 3
STATES = frozenset({"state", "address_state"})
POSTAL_CODES = frozenset({"postal_code", "address_zip", "address_postal_code", "zip"})


def is_state(text: str) -> bool:
    """Whether a text is the code of a state or province (ISO 3166-2, without the country), which thousands share."""
    return _STATE.fullmatch(text) is not None


def postal_area(text: str) -> str | None:
    """A postal code's area, in the same shape (`94107` becomes `94100`); null for what is no postal code."""
    if _POSTAL.fullmatch(text) is None:
        return None
    kept = 0
    found = []
    for character in text:
        is_kept = kept < _POSTAL_PREFIX or not character.isalnum()
        kept += character.isalnum()
        found.append(character if is_kept else "0" if character.isdigit() else "A")
    return "".join(found)


_ROLES = re.compile(r"(?:default|latest|from|new|pending|source|destination|original|initial|generated|attached|setup)_")


@cache
def reference(name: str) -> str | None:
    """The type whose ids a parameter or field of this name holds: `default_payment_method` holds a payment method's; null for any other."""
    types = _types()
    return next((types[word] for word in (name, name.removesuffix("s"), _ROLES.sub("", name, count=1)) if word in types), None)


@cache
def _types() -> dict[str, str]:
    return {**{name.rpartition(".")[2]: name for name in sorted(set(PREFIXES.values()), reverse=True)}, **REFERENCES}


@cache
def catalogue_names() -> frozenset[str]:
    """Every lower-case word that stands in the catalogue: names of parameters and fields, and their choices."""
    data = files("replayer.stripeapi") / "data"
    text = "".join((data / name).read_text() for name in ("operations.json", "types.json", "shapes.json"))
    return frozenset(re.findall(r"(?<![a-z0-9])[a-z][a-z_]{2,}(?![a-z0-9])", text))


def is_stripes_word(word: str) -> bool:
    """Whether a word of a message is one of Stripe's own: plain English of its messages, or a name out of the catalogue."""
    return word in ENGLISH or word in STARTS or word in CURRENCIES or word in catalogue_names()
