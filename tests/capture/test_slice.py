"""A slice: the chosen exchanges with the baseline that they then stand on."""

import pytest

from replayer.capture.select import Selection
from replayer.capture.slice import write_slice
from replayer.capture.store import Writer, open_capture
from replayer.model import BaselineObject, Manifest, NothingSelected
from tests.make import T0, customer, exchange
from tests.proof.corpus import write
from tests.proof.off_camera import Stage

CUS, OTHER, PI = "cus_Aaaaaaaaaaa001", "cus_Bbbbbbbbbbb002", "pi_Aaaaaaaaaaaa0001"
INTENT = {
    "id": PI,
    "object": "payment_intent",
    "amount": 500,
    "currency": "usd",
    "status": "succeeded",
    "customer": CUS,
    "created": int(T0),
}
REFUND = {"id": "re_Aaaaaaaaaaaa0001", "object": "refund", "amount": 500, "currency": "usd", "payment_intent": PI, "created": int(T0)}
RECORDED = [
    exchange(1, "POST", "/v1/customers", {"name": "A"}, customer(CUS, name="A")),
    exchange(2, "POST", "/v1/customers", {"name": "O"}, customer(OTHER, name="O"), source="t"),
    exchange(3, "POST", "/v1/payment_intents", {"customer": CUS, "amount": "500"}, INTENT),
    exchange(4, "POST", "/v1/refunds", {"payment_intent": PI}, REFUND),
    exchange(5, "GET", f"/v1/customers/{OTHER}", body=customer(OTHER, name="O"), source="t"),
    exchange(6, "GET", f"/v1/payment_intents/{PI}", body=INTENT),
]


@pytest.fixture
def cut(tmp_path):
    with Writer(tmp_path / "r", Manifest(redaction="trusted")) as writer:
        for call in RECORDED:
            writer.append(call)

    def made(**options):
        whole = open_capture(tmp_path / "r")
        count = write_slice(whole, tmp_path / "part", **options)
        part = open_capture(tmp_path / "part")
        assert count == len(part)
        assert part.manifest.parent.digest == whole.digest()
        return part

    return made


def paths(part):
    return [call.request.path for call in part.exchanges()]


def known(part, source="s"):
    return {item.id: item.provenance for item in part.baseline(source)}


def test_what_lies_before_the_first_exchange_becomes_the_baseline(cut):
    part = cut(first="x4")
    assert sorted(call.source for call in part.exchanges()) == ["s", "s", "t", "t"]
    assert known(part)[PI] == "observed"
    assert CUS in known(part)
    assert REFUND["id"] not in known(part)


@pytest.mark.parametrize(
    "selection", [Selection(operation="POST /v1/refunds"), Selection(since=T0 + 4), Selection(since=T0 + 4, source="s")]
)
def test_what_chosen_calls_stand_on_is_kept_however_they_were_chosen(cut, selection):
    assert known(cut(selection=selection)).get(PI) == "observed"


def test_the_end_of_a_slice_is_included(cut):
    assert paths(cut(first="x3", last="x4", selection=Selection(source="s"))) == ["/v1/payment_intents", "/v1/refunds"]


def test_a_whole_chain_needs_nothing_from_before(cut):
    part = cut(selection=Selection(customer=OTHER))
    assert paths(part) == ["/v1/customers", f"/v1/customers/{OTHER}"]
    assert known(part, "t") == {}


def test_a_slice_of_everything_is_the_capture(cut):
    part = cut()
    for source in "st":
        assert [call.outcome for call in part.exchanges([source])] == [call.outcome for call in RECORDED if call.source == source]
    assert (part.manifest.redaction, part.manifest.origin) == ("trusted", "api.stripe.com")


def test_an_exchange_is_renumbered_and_keeps_the_rest(cut):
    (call,) = cut(selection=Selection(operation="POST /v1/refunds")).exchanges()
    assert (call.id, call.at, call.request, call.outcome) == ("x1", RECORDED[3].at, RECORDED[3].request, RECORDED[3].outcome)


def test_a_baseline_that_was_stored_comes_along(cut, tmp_path):
    supplied = BaselineObject(id="cus_Sssssssssss001", object="customer", provenance="supplied", state=customer("cus_Sssssssssss001"))
    with Writer(tmp_path / "r", Manifest(), append=True) as writer:
        writer.baseline("s", [supplied])
    assert known(cut(first="x4")).get("cus_Sssssssssss001") == "supplied"


@pytest.mark.parametrize("options", [{"selection": Selection(source="nobody")}, {"selection": Selection(source="s"), "first": "x6", "last": "x1"}])  # fmt: skip
def test_a_slice_of_nothing_is_none(cut, tmp_path, options):
    with pytest.raises(NothingSelected):
        cut(**options)
    assert not (tmp_path / "part").exists()


def test_a_customers_slice_makes_what_it_makes_and_holds_nobody_else(tmp_path):
    """The catalogue that its own calls make is no baseline, and other customers' objects are none of its business."""
    stage = Stage(events=False)
    prices, customers = stage.prices(1000, 3000), [stage.customer() for _ in range(3)]
    for one in customers:
        stage.subscribe(one, prices[0])
    for one in customers:
        stage.do(f"POST /v1/customers/{one}", description="x")
    whole = open_capture(write(tmp_path / "whole", stage.exchanges))
    write_slice(whole, tmp_path / "part", selection=Selection(customer=customers[1]))
    part = open_capture(tmp_path / "part")
    assert known(part) == {}
    made = [call.request.path for call in part.exchanges()]
    assert made.count("/v1/prices") == 1  # the one that they pay
    assert not any(customers[0] in line.decode() for line in part.lines())


def test_a_customers_slice_holds_what_is_theirs(tmp_path):
    """What later calls depend on without naming it: a subscription that a change of the customer's card will be billed for."""
    stage = Stage(events=False)
    (price,), (first, second) = stage.prices(1000), (stage.customer(), stage.customer())
    subscriptions = [stage.subscribe(one, price)["id"] for one in (first, second)]
    after = f"x{len(stage.exchanges) + 1}"
    stage.do(f"POST /v1/customers/{first}", description="x")
    whole = open_capture(write(tmp_path / "whole", stage.exchanges))
    write_slice(whole, tmp_path / "part", selection=Selection(customer=first), first=after)
    found = known(open_capture(tmp_path / "part"))
    assert {first, subscriptions[0], price} <= found.keys()
    assert not {second, subscriptions[1]} & found.keys()


def test_a_list_of_everybody_is_no_part_of_one_customers_slice(tmp_path):
    stage = Stage(events=False)
    (price,), (first, second) = stage.prices(1000), (stage.customer(), stage.customer())
    for one in (first, second):
        stage.subscribe(one, price)
    stage.do("GET /v1/customers", limit="10")
    stage.do("GET /v1/subscriptions", customer=first)
    whole = open_capture(write(tmp_path / "whole", stage.exchanges))
    write_slice(whole, tmp_path / "part", selection=Selection(customer=first))
    part = open_capture(tmp_path / "part")
    assert [call.request.path for call in part.exchanges()][-1] == "/v1/subscriptions"
    assert not any(second in line.decode() for line in part.lines())
    assert set(known(part).values()) <= {"named"}
