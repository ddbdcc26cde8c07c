"""What is sensitive and what is safe, by name and by shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.stripeapi import sensitive


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


CARDS = [
    "5425233430109903",
    "2222420000001113",
    "374245455400126",
    "6011000991300009",
    "3566000020000410",
    "6250941006528599",
    "36700102000000",
    "4917610000000000",
]


@pytest.mark.parametrize("number", CARDS)
@pytest.mark.parametrize("text", ["{}", "card {}, thanks", "({})", "+{}", "'{}'"])
def test_a_cards_number_is_found_in_free_text_also_in_groups(number: str, text: str) -> None:
    groups = [number[place : place + 4] for place in range(0, len(number), 4)]
    for written in (number, " ".join(groups), "-".join(groups)):
        assert sensitive.has_card_number(text.format(written))
    assert not sensitive.has_card_number(text.format(number[:-1] + str((int(number[-1]) + 1) % 10)))


@pytest.mark.parametrize(
    "text",
    [
        "1790000000", "1790000000123", "1790000000123456", "1790000000123456789", "20261126010101000", "pi_4917610000000000", "4917610000000000abc",
        "DE89370400440532013000", "4006381333931", "4242 4242 4242 4242", "f0fca45e-f4d6-4170-b0ac-212845b9cd64", "12.4917610000000000", "4917610000000000_x",
        "998877665544", "0000000000000000", "49176100000000000000",
    ],
)  # fmt: skip
def test_times_ids_barcodes_and_test_cards_are_no_cards_numbers(text: str) -> None:
    assert not sensitive.has_card_number(text)


@given(st.integers(min_value=1_000_000_000, max_value=2_200_000_000), st.sampled_from([0, 3, 6, 9]), st.data())
def test_no_time_of_this_century_reads_as_a_card(second: int, digits: int, data: st.DataObject) -> None:
    if str(second).startswith("1"):
        fraction = data.draw(st.text(alphabet="0123456789", min_size=digits, max_size=digits))
        assert not sensitive.has_card_number(f"{second}{fraction}")


@pytest.mark.parametrize(
    ("code", "area"),
    [("94107", "94100"), ("94107-1234", "94100-0000"), ("SW1A 1AA", "SW1A 0AA"), ("K1A 0B1", "K1A 0A0"), ("1010", "1010"), ("8001", "8000"), ("Jane", None),
     ("jane doe 1", None), ("12", None), ("94100", "94100"), ("", None), ("CANARY-4711", None)],
)  # fmt: skip
def test_a_postal_code_keeps_its_area_and_its_shape(code: str, area: str | None) -> None:
    assert sensitive.postal_area(code) == area
    assert area is None or sensitive.postal_area(area) == area


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
