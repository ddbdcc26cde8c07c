"""The baseline: what must exist beforehand, and how sure we are of it."""

from replayer.capture.baseline import derive, state_after
from tests.make import T0, customer, exchange

CUS, PLAN = "cus_Aaaaaaaaaaa001", {"id": "gold", "object": "plan", "amount": 100, "created": 1500000000, "currency": "usd"}
OLD = {"created": 1500000000}


def provenance(calls):
    return {item.id: item.provenance for item in derive(calls)}


def test_what_a_read_shows_before_any_write_is_observed():
    assert provenance([exchange(1, "GET", f"/v1/customers/{CUS}", body=customer(CUS, **OLD))]) == {CUS: "observed"}


def test_what_is_first_shown_by_its_own_update_is_known_only_after():
    assert provenance([exchange(1, "POST", f"/v1/customers/{CUS}", {"name": "B"}, customer(CUS, **OLD))]) == {CUS: "after"}


def test_what_an_earlier_call_could_have_changed_is_known_only_after():
    calls = [exchange(1, "POST", "/v1/invoiceitems", {"customer": CUS, "amount": "1"}, {"id": "ii_Aaaaaaaaaaa001", "object": "invoiceitem", "customer": CUS}),
             exchange(2, "GET", f"/v1/customers/{CUS}", body=customer(CUS, **OLD))]  # fmt: skip
    assert provenance(calls) == {CUS: "after"}


def test_what_is_only_named_is_named():
    assert provenance(
        [exchange(1, "POST", "/v1/payment_intents", {"customer": CUS}, {"id": "pi_Aaaaaaaaaaaa01", "object": "payment_intent"})]
    ) == {CUS: "named"}


def test_what_the_capture_makes_needs_no_baseline():
    calls = [exchange(1, "POST", "/v1/customers", body=customer(CUS)), exchange(2, "GET", f"/v1/customers/{CUS}", body=customer(CUS))]
    assert provenance(calls) == {}


def test_what_a_call_makes_besides_its_answer_needs_none_either():
    invoice = {"id": "in_Aaaaaaaaaaa001", "object": "invoice", "created": int(T0) + 1, "customer": CUS, "total": 5}
    calls = [exchange(1, "POST", "/v1/subscriptions", {"customer": CUS}, {"id": "sub_Aaaaaaaaaa001", "object": "subscription", "created": int(T0), "latest_invoice": "in_Aaaaaaaaaaa001"}),
             exchange(2, "GET", "/v1/invoices/in_Aaaaaaaaaaa001", body=invoice)]  # fmt: skip
    assert "in_Aaaaaaaaaaa001" not in provenance(calls)


def test_a_shared_object_that_a_write_embeds_is_observed_because_no_call_changed_it():
    body = {"id": "sub_Aaaaaaaaaa001", "object": "subscription", "created": int(T0) + 1, "plan": PLAN}
    assert provenance([exchange(1, "POST", "/v1/subscriptions", {"items": [{"plan": "gold"}]}, body)]) == {"gold": "observed"}


def test_an_id_that_stripe_did_not_know_is_no_baseline():
    body = {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": f"No such customer: '{CUS}'"}}
    assert provenance([exchange(1, "GET", f"/v1/customers/{CUS}", body=body, status=404)]) == {}


def test_test_cards_are_no_baseline():
    assert provenance(
        [
            exchange(
                1,
                "POST",
                "/v1/payment_methods/pm_card_visa/attach",
                {"customer": CUS},
                {"id": "pm_Aaaaaaaaaaaaa01", "object": "payment_method", "created": int(T0)},
            )
        ]
    ) == {CUS: "named"}


def test_the_baseline_of_what_follows_is_the_last_known_state():
    calls = [
        exchange(1, "POST", "/v1/customers", body=customer(CUS, name="A")),
        exchange(2, "POST", f"/v1/customers/{CUS}", {"name": "B"}, customer(CUS, name="B")),
    ]
    (item,) = state_after(calls)
    assert (item.provenance, item.state["name"]) == ("observed", "B")


def test_a_state_that_a_later_call_may_have_changed_is_not_sure():
    calls = [
        exchange(1, "POST", "/v1/customers", body=customer(CUS)),
        exchange(
            2,
            "POST",
            "/v1/subscriptions",
            {"customer": CUS},
            {"id": "sub_Aaaaaaaaaa001", "object": "subscription", "customer": CUS, "status": "active"},
        ),
    ]
    states = {item.id: item.provenance for item in state_after(calls)}
    assert states == {CUS: "after", "sub_Aaaaaaaaaa001": "observed"}
