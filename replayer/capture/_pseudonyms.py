"""Pseudonyms: keyed, equal for equal texts, and marked, so that a second redaction changes nothing."""

import re
from functools import lru_cache

from replayer.capture.project_key import ProjectKey
from replayer.model import Unstorable
from replayer.stripeapi.ids import ID, is_id
from replayer.stripeapi.sensitive import DOCUMENTATION, SDK_KEY, has_card_number, has_secret, is_name, is_stripes_word
from replayer.stripeapi.testdata import is_documented_test_value

SECRET = "~secret"
DROPPED = "~dropped"
MARKED = re.compile(
    rf"~(?:[0-9a-f]{{12}}|secret|dropped)|user_[0-9a-f]{{12}}@example\.test|https://example\.test/~[0-9a-f]{{12}}|{ID.pattern}_secret_~secret"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
# What every text has that is a pseudonym, a test value, a secret, an email, a URL, or holds a card's number. Most have nothing of it.
_SUSPECT = re.compile(r"[~_@]|://|(?:\d[ -]?){4}|[Bb](?:earer|asic) ")
_HARMLESS = frozenset({"", "true", "false", "True", "False", "null"})
_TOKEN = re.compile(r"https?://\S*[\w/]|~?\w(?:[\w@.+'’:/~-]*[\w~])?", re.IGNORECASE)
_PARTS = re.compile(r"[./:-]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'')
# Search queries: `status:'active' AND created>1790000000`; numbers stand behind an operator.
_COMPARED = re.compile(r"(?<=[:<>=])\s*-?\d{1,12}(?![\w.])")
_QUERY = re.compile(r"[a-zA-Z_\s:.<>=~()\[\]-]*[:<>~][a-zA-Z_\s:.<>=~()\[\]-]*")
_WORDS = re.compile(r"\w+")
_OPERATORS = frozenset({"AND", "OR", "NOT"})


def refuse_card_numbers(text: str) -> None:
    """Raise Unstorable where a text holds a card's number: PCI DSS lets nobody store one for testing, and a hash of one can be guessed."""
    if has_card_number(text):
        raise Unstorable("a card number that is no documented test card", hint="record test cards, or keep card numbers with Stripe.js")


def bearer(text: str) -> str:
    """What stands for a bearer: a constant, with the id of the object that a client secret belongs to."""
    owner, separator, _ = text.partition("_secret_")
    return f"{owner}_secret_{SECRET}" if separator and is_id(owner) else SECRET


class Pseudonyms:
    """Makes pseudonyms with the project's key; pure but for a cache."""

    def __init__(self, key: ProjectKey) -> None:
        self._key = key
        self.text = lru_cache(maxsize=65536)(self._text)

    def _digest(self, text: str) -> str:
        return self._key.digest("text", text)

    def _text(self, text: str) -> str:
        """The pseudonym of a text: an email's is an email, a URL's a URL. A documented test value and a bare yes or no stay."""
        if text in _HARMLESS:
            return text
        return self._suspect(text) if _SUSPECT.search(text) else f"~{self._digest(text)}"

    def _suspect(self, text: str) -> str:
        if ("~" in text or text.startswith("user_")) and MARKED.fullmatch(text):
            return text
        if is_documented_test_value(text):
            return text
        refuse_card_numbers(text)
        if has_secret(text):
            return self.secret(text)
        if "@" in text and _EMAIL.fullmatch(text):
            return f"user_{self._digest(text)}@example.test"
        if "://" in text and _URL.fullmatch(text):
            return f"https://example.test/~{self._digest(text)}"
        return f"~{self._digest(text)}"

    def secret(self, text: str) -> str:
        """What stands for a bearer: a constant, with the id of the object that a client secret belongs to."""
        return bearer(text)

    def idempotency_key(self, text: str) -> str:
        """An SDK's own random keys stay; the application's may name a person."""
        return text if SDK_KEY.fullmatch(text) else self.text(text)

    def sentence(self, text: str) -> str:
        """One of Stripe's sentences: its own words and the ids in it stay, and every other word becomes a pseudonym."""
        if MARKED.fullmatch(text):
            return text
        refuse_card_numbers(text)
        return _TOKEN.sub(self._word, text)

    def _word(self, found: re.Match[str]) -> str:
        word = found[0]
        if is_stripes_word(word) or is_id(word) or MARKED.fullmatch(word) or DOCUMENTATION.fullmatch(word):
            return word
        parts = _PARTS.split(word)
        if len(parts) > 1 and all(is_stripes_word(part) for part in parts):
            return word
        return self.text(word)

    def query(self, text: str) -> str:
        """A search query: its fields and operators stay, its literals become what the same text becomes elsewhere."""
        refuse_card_numbers(text)
        rest = _COMPARED.sub(" ", _QUOTED.sub("", text))
        if not _QUERY.fullmatch(rest) or not all(word in _OPERATORS or is_stripes_word(word) for word in _WORDS.findall(rest)):
            return self.text(text)
        return _QUOTED.sub(self._literal, text)

    def _literal(self, found: re.Match[str]) -> str:
        quote, text = found[0][0], found[1] if found[1] is not None else found[2]
        is_key = found.string[: found.start()].endswith("[") and is_name(text)
        return quote + (text if is_key or is_id(text) or is_stripes_word(text) else self.text(text)) + quote
