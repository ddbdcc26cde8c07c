"""Ids: where they stand, what they hint at, and what is none."""

import pytest

from replayer.stripeapi import ids


@pytest.mark.parametrize(
    "text",
    ["cus_TOnR0Lf2celqmf", "pm_1SRzqsKXBGcbgpbZA9WYRHlS", "sub_sched_1AbCdEfGhIjKl", "cs_test_a1B2c3D4e5F6g7H8", "req_q9MwT3jTxYA8lZ"],
)
def test_what_stripe_made_is_an_id(text):
    assert ids.is_id(text)


@pytest.mark.parametrize(
    "text", ["pm_card_visa", "tok_visa", "small-monthly", "payment_method", "in_progress", "charge_automatically", "", "pi_"]
)
def test_words_and_test_values_are_none(text):
    assert not ids.is_id(text)


def test_ids_are_found_in_texts_and_client_secrets_give_their_object():
    assert ids.find_ids("No such customer: 'cus_TOnR0Lf2celqmf'") == ["cus_TOnR0Lf2celqmf"]
    assert list(ids.ids_in({"client_secret": "pi_3SRzqsKXBGcbgpbZ_secret_AbCdEf123456"})) == ["pi_3SRzqsKXBGcbgpbZ"]


def test_an_object_with_a_chosen_id_is_found_by_its_field():
    assert list(ids.ids_in({"id": "small-monthly", "object": "plan", "product": "prod_small"})) == ["small-monthly", "prod_small"]


def test_parameters_name_ids_also_where_users_chose_them():
    found = dict(
        ids.references({"items": [{"price": "gold"}], "customer": "cus_TOnR0Lf2celqmf", "expand": ["customer"], "description": "gold"})
    )
    assert found == {"gold": "price", "cus_TOnR0Lf2celqmf": "customer"}


def test_types_that_many_read_are_shared():
    assert ids.is_shared("price_1SRzqsKXBGcbgpbZ")
    assert ids.is_shared("gold", "plan")
    assert not ids.is_shared("cus_TOnR0Lf2celqmf")


def test_objects_are_found_at_any_depth():
    body = {
        "id": "a",
        "object": "list",
        "data": [{"id": "b", "object": "charge", "refunds": {"object": "list", "data": [{"id": "c", "object": "refund"}]}}],
    }
    assert [(name, kind) for name, kind, _ in ids.objects(body)] == [("a", "list"), ("b", "charge"), ("c", "refund")]
