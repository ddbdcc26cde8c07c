"""Rules that keep values: a path and a reason, checked against Stripe's names."""

import pytest

from replayer.capture.keep_rules import load_rules
from replayer.model import InputError


def test_a_file_holds_paths_with_their_reasons(tmp_path):
    file = tmp_path / "redact.yaml"
    file.write_text("metadata.plan: drives entitlement\nlines.data[].description: read by the candidate\napp.cart.plan: ours\n")
    assert load_rules(file) == {
        "metadata.plan": "drives entitlement",
        "lines.data[].description": "read by the candidate",
        "cart.plan": "ours",
    }
    file.write_text("")
    assert load_rules(file) == {}


@pytest.mark.parametrize(
    ("text", "place", "what", "hint"),
    [
        ("customer.name: why\nmetdata.plan: why\n", "2:1", "`metdata` is no name of Stripe's", "did you mean `metadata`?"),
        ("customer.name:\n", "1:1", "has no reason", "customer.name: why"),
        ("customer name: why\n", "1:1", "is no path", "metadata.order_id"),
        ("card.cvc: why\n", "1:1", "no rule keeps `cvc`", "never stored"),
        ("client_secret: why\n", "1:1", "no rule keeps", "never stored"),
        ("card.number: why\n", "1:1", "no rule keeps", "never stored"),
        ("- customer.name\n", "1:1", "rules are paths", "drives entitlement"),
        ("a: [\n", "2:1", "not YAML", ""),
        ("1: why\n", "1:1", "is no path", ""),
    ],
)
def test_what_is_wrong_is_named_by_its_place(tmp_path, text, place, what, hint):
    file = tmp_path / "redact.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_rules(file)
    assert caught.value.place == f"{file}:{place}"
    assert what in caught.value.what
    assert hint in (caught.value.hint or "")


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    for content in (None, b"\xff\xfe\x00\xd8"):
        file = tmp_path / "redact.yaml"
        if content:
            file.write_bytes(content)
        with pytest.raises(InputError):
            load_rules(file)
