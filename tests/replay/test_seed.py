"""Seeding: what a recording takes for granted is made by ordinary calls from the copies that its answers embed."""

from replayer.model import Outcome
from replayer.replay.seed import Seeder, named, referenced
from tests.make import customer, exchange

CUS, PM = "cus_Aaaaaaaaaaa001", "pm_Aaaaaaaaaaaaaaaa0001"
PLAN = {
    "id": "gold",
    "object": "plan",
    "amount": 900,
    "currency": "usd",
    "interval": "month",
    "product": "prod_Aaaaaaaaaa001",
    "nickname": None,
}
SUBSCRIBE = exchange(
    1, "POST", "/v1/subscriptions", {"customer": CUS, "items": [{"plan": "gold"}]},
    {"id": "sub_Aaaaaaaaaaa001", "object": "subscription", "plan": PLAN, "customer": customer(CUS, email="a@b.example")},
)  # fmt: skip


def seed(*exchanges, answer=lambda request: Outcome(status=200, body={"id": "live_1"})):
    sent, ids = [], {}

    def send(request):
        sent.append(request)
        return answer(request)

    made = Seeder(exchanges, send, ids).run()
    return [(request.path, request.params) for request in sent], ids, made


def test_what_is_named_before_it_was_made_is_made_with_what_its_copy_shows():
    sent, _, made = seed(SUBSCRIBE)
    assert ("/v1/customers", {"email": "a@b.example"}) in sent
    assert made == {CUS, "gold", "prod_Aaaaaaaaaa001"}


def test_a_product_is_made_before_its_plan_and_named_by_its_new_id():
    sent, ids, _ = seed(SUBSCRIBE, answer=lambda request: Outcome(status=200, body={"id": request.params.get("id", "x") + "_live"}))
    paths = [path for path, _ in sent]
    assert paths.index("/v1/products") < paths.index("/v1/plans")
    plan = dict(sent)["/v1/plans"]
    assert (plan["amount"], plan["product"], "nickname" in plan) == ("900", "prod_Aaaaaaaaaa001_live", False)
    assert ids["gold"] == "gold_live"


def test_what_the_recording_makes_itself_is_not_seeded():
    own = [exchange(1, "POST", "/v1/customers", body=customer(CUS)), exchange(2, "GET", f"/v1/customers/{CUS}", body=customer(CUS))]
    assert seed(*own) == ([], {}, set())


def test_what_no_answer_shows_cannot_be_made():
    assert seed(exchange(1, "POST", "/v1/charges", {"customer": CUS}, {"error": {}}, status=402))[2] == set()


def test_a_saved_card_is_made_from_its_brand_and_attached_to_its_customer():
    card = {"id": PM, "object": "payment_method", "type": "card", "card": {"brand": "amex"}, "customer": CUS, "created": 1}
    pay = exchange(
        1, "POST", "/v1/payment_intents", {"payment_method": PM}, {"id": "pi_1", "payment_method": card, "customer": customer(CUS)}
    )
    sent, _, made = seed(pay)
    assert ("/v1/payment_methods", {"type": "card", "card": {"token": "tok_amex"}}) in sent
    assert sent[-1] == ("/v1/payment_methods/live_1/attach", {"customer": "live_1"})
    assert made == {PM, CUS}


def test_a_seed_that_is_refused_is_bound_to_nothing():
    assert seed(SUBSCRIBE, answer=lambda request: Outcome(status=400, body={"error": {}}))[1] == {}


def test_parameters_name_objects_by_their_name_and_calls_by_the_shape_of_ids():
    request = exchange(
        1, "POST", f"/v1/customers/{CUS}", {"items": [{"price": "gold"}], "coupon": "SUMMER", "description": PM, "amount": "5"}
    )
    assert referenced(request.request) == {"gold", "SUMMER"}
    assert named(request.request) == {CUS, PM}
