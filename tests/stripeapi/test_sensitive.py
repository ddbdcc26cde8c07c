"""What is sensitive and what is safe, by name and by shape."""

import pytest

from replayer.stripeapi import sensitive
from replayer.stripeapi.testdata import is_documented_test_value


@pytest.mark.parametrize(
    "text", ["sk_live_x", "rk_test_x", "whsec_x", "pi_1_secret_x", "Bearer abc", "note: sk_test_x", "ek_live_x", "sk_org_live_x"]
)
def test_secrets_are_found_wherever_they_stand(text: str) -> None:
    assert sensitive.has_secret(text)


@pytest.mark.parametrize("text", ["task_live_x", "disk_test_x", "secret", "a secret thing", "pk", "risk_organ"])
def test_what_only_sounds_like_a_secret_is_none(text: str) -> None:
    assert not sensitive.has_secret(text)


@pytest.mark.parametrize("name", ["client_secret", "secret", "access_token", "webhook_secret", "stripe_access_token", "user_password"])
def test_names_of_bearers_are_known(name: str) -> None:
    assert sensitive.is_secret_name(name)


@pytest.mark.parametrize("name", ["account_token", "token", "secretary", "last_payment_error", "payment_method"])
def test_names_of_ids_are_no_names_of_bearers(name: str) -> None:
    assert not sensitive.is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "kind", "safe"),
    [
        ("cus_A1b2C3d4", "customer", True), ("pm_1234", None, True), ("ca_J526GYgmSwFgKMno9PpWP7RTYw0iB3mM", "application", True),
        ("gold-2026", "plan", True), ("gold-2026", "customer", False), ("gold-2026", None, False), ("jane@doe.example", "plan", False),
        ("Jane Doe", "product", False), ("4929123456789012", "price", False), ("555-123-0199", "coupon", False), ("sk_live_x", "plan", False),
        ("pi_1_secret_x", "payment_intent", False), ("unheard_of1", None, False), ("", "plan", False),
    ],
)  # fmt: skip
def test_an_id_is_safe_by_its_shape_and_by_who_chose_it(text: str, kind: str | None, safe: bool) -> None:
    assert sensitive.is_safe_id(text, kind) == safe


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("customer", "customer"),
        ("default_payment_method", "payment_method"),
        ("latest_invoice", "invoice"),
        ("coupons", "coupon"),
        ("name", None),
        ("email", None),
    ],
)
def test_a_parameters_name_tells_whose_ids_it_holds(name: str, kind: str | None) -> None:
    assert sensitive.reference(name) == kind


@pytest.mark.parametrize(
    ("text", "is_card"),
    [("4242424242424242", True), ("4242 4242-4242 4242", True), ("42424242424", False), ("INV-4242424242424242", False)],
)
def test_a_card_number_is_digits_enough(text: str, is_card: bool) -> None:
    assert sensitive.is_card_number(text) == is_card


@pytest.mark.parametrize("number", ["4929123456789012", "5425233430109903", "2221000000000009", "374245455400126", "6011000991300009", "3566000020000410", "6250941006528599",
                                    "36700102000000", "9999999999999999"])  # fmt: skip
def test_every_card_has_a_documented_stand_in(number: str) -> None:
    assert is_documented_test_value(sensitive.stand_in_card(number))


@pytest.mark.parametrize("word", ["declined", "No", "PaymentIntent", "payment_method", "usd", "customer"])
def test_stripes_words_are_known(word: str) -> None:
    assert sensitive.is_stripes_word(word)


@pytest.mark.parametrize("word", ["Jane", "jane", "Doe", "Rome", "Acme", "x12", "Will", "Mark"])
def test_names_of_people_and_places_are_not_stripes_words(word: str) -> None:
    assert not sensitive.is_stripes_word(word)


@pytest.mark.parametrize(
    ("key", "is_sdks"),
    [("f0fca45e-f4d6-4170-b0ac-212845b9cd64", True), ("stripe-node-retry-f0fca45e-f4d6-4170-b0ac-212845b9cd64", True), ("order-12", False)],
)
def test_an_sdks_idempotency_key_is_told_from_the_applications(key: str, is_sdks: bool) -> None:
    assert bool(sensitive.SDK_KEY.fullmatch(key)) == is_sdks


@pytest.mark.parametrize(("path", "is_syntax"), [("latest_invoice.payment_intent", True), ("items[0][price]", True), ("data.items.data.price", True), ("p24", True),
                                                 ("Jane Doe", False), ("jane@doe.example", False), ("4929123456789012", False), ("card[4929123456789012]", False)])  # fmt: skip
def test_a_path_is_syntax_and_no_value(path: str, is_syntax: bool) -> None:
    assert bool(sensitive.PATH.fullmatch(path)) == is_syntax
