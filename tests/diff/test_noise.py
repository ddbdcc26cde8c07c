"""Learned noise: one place of one operation, never money, and not for ever."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from replayer.diff.noise import DAYS, in_force, learned, require_coverable, told
from replayer.model import InputError, NoiseRule
from tests.diff.arms import COMPUTED, judge, live
from tests.make import exchange

TODAY = date(2026, 11, 26)
POST = "POST /v1/charges"


def _rule(field="description", learned="2026-11-20", expires="2026-12-20"):
    return NoiseRule(operation=POST, field=field, learned=learned, expires=expires)


@pytest.mark.parametrize(
    "field",
    [
        "amount", "lines.data[].amount", "currency", "status", "items.data[].quantity", "recurring.interval", "paid", "trial_end", "created",
        "items.data[].price.id", "items.data[].price", "collection_method", "transfer_data.destination", "on_behalf_of", "customer",
        "discounts[]", "error.type", "tax_behavior",
    ],
)  # fmt: skip
def test_no_rule_covers_what_decides_on_money_or_when_it_moves(field):
    with pytest.raises(InputError, match="no noise rule may cover") as refused:
        require_coverable(_rule(field))
    assert refused.value.hint
    assert learned([], Counter({(POST, field): 1}), TODAY) == []


@pytest.mark.parametrize("field", ["outcome.seller_message", "metadata.customer", "description", "payment_method_details.card.wallet"])
def test_a_rule_may_cover_text(field):
    require_coverable(_rule(field))


def test_a_rule_holds_through_its_last_day():
    rules = [_rule("a", expires="2026-11-25"), _rule("b", expires="2026-11-26")]
    assert {field for _, field in in_force(rules, TODAY)} == {"b"}


def test_what_is_seen_again_is_renewed_and_what_is_not_expires():
    rules = [_rule("gone", expires="2026-11-25"), _rule("again"), _rule("quiet")]
    after = {rule.field: rule for rule in learned(rules, Counter({(POST, "again"): 2, (POST, "new"): 1}), TODAY)}
    assert after["again"] == after["new"].__class__(operation=POST, field="again", learned="2026-11-26", expires="2026-12-26")
    assert (after["new"].expires, after["quiet"]) == ("2026-12-26", rules[2])
    assert "gone" not in after
    assert DAYS == 30


def test_a_hand_set_day_is_not_shortened():
    (rule,) = learned([_rule("x", expires="2027-06-01")], Counter({(POST, "x"): 1}), TODAY)
    assert rule.expires == "2027-06-01"


def test_it_tells_what_was_hidden_and_what_was_measured():
    rules = {(POST, "b"): _rule("b")}
    found = told(Counter({(POST, "a"): 1, (POST, "b"): 3}), Counter({(POST, "a"): 1, (POST, "c"): 1}), rules)
    assert [(one.field, one.count, one.measured, one.expires) for one in found] == [
        ("b", 3, False, "2026-12-20"), ("a", 1, True, None), ("c", 0, True, None),
    ]  # fmt: skip


def test_a_rule_hides_no_text_that_the_candidate_changed_also_where_a_later_read_shows_it(tmp_path):
    said = {"id": "pi_Ab12Cd34Ef56Gh78", "object": "payment_intent", "amount": 5, "description": "tea"}
    made = exchange(1, "POST", "/v1/payment_intents", {"amount": "5", "currency": "usd", "description": "tea"}, said)
    read = exchange(2, "GET", f"/v1/payment_intents/{said['id']}", body={**said, "statement_descriptor": "A"})
    other = {**said, "description": "pot"}
    candidate = [
        live(made, body=other, params={**made.request.params, "description": "pot"}),
        live(read, body={**other, "statement_descriptor": "B"}),
    ]
    day = "2999-01-01"
    rules = [
        NoiseRule(operation="GET /v1/payment_intents/{payment_intent}", field=name, learned=day, expires=day)
        for name in ("description", "statement_descriptor")
    ]
    verdict = judge(tmp_path, [made, read], candidate=candidate, claims=COMPUTED, target="http://127.0.0.1:1", noise=rules)
    read_fields = {one.field for one in verdict.findings if one.operation.startswith("GET")}
    assert "description" in read_fields
    assert "statement_descriptor" not in read_fields
