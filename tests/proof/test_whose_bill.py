"""A bill is known only where the control did what Stripe did: a write that took hold at one of them only makes it unknown.

In every story the candidate credits 200 where 100 was credited, as it is meant; what the recording holds beside it decides on the word.
"""

from __future__ import annotations

import json

import msgspec
import pytest

from replayer.capture.project_key import ProjectKey
from replayer.capture.redact import Redactor
from replayer.capture.reredact import write_redacted
from replayer.capture.select import Selection
from replayer.capture.slice import write_slice
from replayer.capture.store import open_capture
from replayer.model import Exchange, Outcome, Request, Verdict
from replayer.runs import execute, load_scenario
from tests.proof.corpus import write
from tests.proof.off_camera import VERSION, Stage

CREDIT = "POST /v1/customers/{customer}/balance_transactions"
CANDIDATE = f"""def rewrite(call):
    if call.operation == "{CREDIT}":
        return call.with_params(amount="-200")
    return call
"""
MEANT = "expect:\n  what: [committed -100 usd, next bill 0]\n"


def judge(folder, exchanges, *, candidate=CANDIDATE, scenario=MEANT, stimuli=None) -> Verdict:
    write(folder / "capture", exchanges)
    (folder / "candidate.py").write_text(candidate)
    if stimuli is not None:
        (folder / "stimuli.yaml").write_text(stimuli)
    more = "stimuli: stimuli.yaml\n" if stimuli is not None else ""
    (folder / "scenario.yaml").write_text(f"capture: capture\ncandidate: candidate.py\n{more}{scenario}")
    *_, verdict = execute(load_scenario(folder, folder / "run", jobs=1))
    assert isinstance(verdict, Verdict)
    return verdict


class Club(Stage):
    """A subscriber, and what is recorded of one more call."""

    def __init__(self, *, events: bool = False) -> None:
        super().__init__(events=events)
        self.customer_id, (self.price, self.other) = self.customer(), self.prices(1000, 3000)
        self.made = self.subscribe(self.customer_id, self.price)
        self.wait(2)

    def recorded(self, operation: str, params, status: int | None, body) -> Club:
        """A call as the recording has it, whatever the stage would answer."""
        self.now += 10
        method, path = operation.split(" ")
        names = {"SUB": self.made["id"], "ITEM": self.made["items"]["data"][0]["id"], "CUS": self.customer_id, "OTHER": self.other}
        texts = [path, json.dumps(params), json.dumps(body)]
        for name, identifier in names.items():
            texts = [text.replace(name, identifier) for text in texts]
        path, sent, answered = texts[0], json.loads(texts[1]), json.loads(texts[2])
        outcome = Outcome(status=status, body=answered) if status else Outcome(error="client time-out")
        request = Request(method=method, path=path, params=sent, version=VERSION)
        self._keep(Exchange(id="", source="s", at=self.now, request=request, outcome=outcome))
        return self

    def credited(self) -> list[Exchange]:
        """And the credit that the candidate doubles."""
        self.do(CREDIT.replace("{customer}", self.customer_id), amount="-100", currency="usd")
        return self.exchanges


def test_alone_it_is_as_intended(tmp_path):
    verdict = judge(tmp_path, Club().credited())
    assert (verdict.verdict, verdict.exit_code) == ("as_intended", 0)
    assert verdict.money["usd"].next_bill is not None
    assert verdict.money["usd"].next_bill.control == 1000


ITEM = {"id": "ITEM", "object": "subscription_item", "subscription": "SUB", "quantity": 5, "price": {"id": "OTHER", "object": "price"}}
TAKEN_BY_STRIPE = {
    "a price of elsewhere": ("POST /v1/subscription_items/ITEM", {"quantity": "5", "price": "price_1Elsewhere00000000"}, ITEM),
    "a parameter that nobody knows": ("POST /v1/subscription_items/ITEM", {"quantity": "5", "frobnicate": "1"}, ITEM),
    "an item of elsewhere": ("POST /v1/subscription_items/si_1Elsewhere00000000", {"quantity": "5"}, {**ITEM, "id": "si_1Elsewhere00000000"}),
    "an item that is gone": (
        "DELETE /v1/subscription_items/si_1Elsewhere00000000", {}, {"id": "si_1Elsewhere00000000", "object": "subscription_item", "deleted": True},
    ),
    "a pending item that is gone": (
        "DELETE /v1/invoiceitems/ii_1Elsewhere00000000", {}, {"id": "ii_1Elsewhere00000000", "object": "invoiceitem", "deleted": True},
    ),
    "a discount that is gone": ("DELETE /v1/subscriptions/SUB/discount", {}, {"id": "di_1Else", "object": "discount", "deleted": True}),
    "usage of an unknown meter": (
        "POST /v1/billing/meter_events", {"event_name": "calls", "payload": {"stripe_customer_id": "CUS", "value": "5"}},
        {"object": "billing.meter_event", "event_name": "calls"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN_BY_STRIPE)
def test_a_write_that_only_stripe_took(tmp_path, name):
    operation, params, body = TAKEN_BY_STRIPE[name]
    verdict = judge(tmp_path, Club().recorded(operation, params, 200, body).credited())
    assert (verdict.verdict, verdict.exit_code) == ("unknown", 3)
    assert verdict.money["usd"].next_bill is None


def test_of_a_call_that_tells_nothing_the_report_says_so(tmp_path):
    operation, params, body = TAKEN_BY_STRIPE["a pending item that is gone"]
    notes = judge(tmp_path, Club().recorded(operation, params, 200, body).credited()).notes
    assert any("nobody's next bill is known" in note and "DELETE /v1/invoiceitems/{invoiceitem} ×1" in note for note in notes)


def test_a_call_that_bills_nobody_may_come_otherwise(tmp_path):
    gone = {"id": "SPRING", "object": "coupon", "deleted": True}
    verdict = judge(tmp_path, Club().recorded("DELETE /v1/coupons/SPRING", {}, 200, gone).credited())
    assert verdict.verdict == "as_intended"


AGAIN = {"customer": "CUS", "items": [{"price": "OTHER", "quantity": "1"}]}
REFUSED_BY_STRIPE = {
    "server error": (500, {"error": {"type": "api_error", "message": "x"}}),
    "time-out": (None, None),
    "bad request": (400, {"error": {"type": "invalid_request_error", "code": "parameter_invalid", "message": "x", "param": "items"}}),
    "declined": (402, {"error": {"type": "card_error", "code": "card_declined", "decline_code": "generic_decline", "message": "x"}}),
}


@pytest.mark.parametrize("name", REFUSED_BY_STRIPE)
def test_a_write_that_only_the_control_took(tmp_path, name):
    status, body = REFUSED_BY_STRIPE[name]
    verdict = judge(tmp_path, Club().recorded("POST /v1/subscriptions", AGAIN, status, body).credited())
    assert (verdict.verdict, verdict.exit_code) == ("unknown", 3)
    assert verdict.money["usd"].next_bill is None


@pytest.mark.parametrize(
    ("status", "code"), [(429, "rate_limit"), (409, "lock_timeout"), (409, "idempotency_key_in_use")], ids=lambda one: str(one)
)
def test_what_stripe_turned_away_neither_arm_does(tmp_path, status, code):
    error = {"error": {"type": "invalid_request_error", "code": code, "message": "x"}}
    verdict = judge(tmp_path, Club().recorded("POST /v1/subscriptions", AGAIN, status, error).credited())
    assert verdict.verdict == "as_intended"
    assert verdict.exchanges.skipped == 1
    assert verdict.money["usd"].next_bill is not None
    assert verdict.money["usd"].next_bill.control == 1000


# --- off camera


def act(club: Club, call: str, params: str = "{}") -> str:
    call = call.replace("SUB", club.made["id"]).replace("CUS", club.customer_id)
    return f"- after: x{len(club.exchanges)}\n  at: {int(club.now) + 5}\n  call: {call}\n  params: {params}\n"


REFUSED_ACTS = {
    "an item that is not there": ("POST /v1/subscriptions/SUB", "{items: [{id: si_1Elsewhere00000000, quantity: '5'}]}"),
    "a subscription that is not there": ("POST /v1/subscriptions/sub_1Elsewhere00000000", "{quantity: '5'}"),
    "a coupon that is not there": ("POST /v1/customers/CUS", "{coupon: SPRING}"),
}


@pytest.mark.parametrize("name", REFUSED_ACTS)
def test_an_act_that_is_refused_leaves_the_bill_unknown(tmp_path, name):
    club = Club()
    stimuli = act(club, *REFUSED_ACTS[name])
    verdict = judge(tmp_path, club.credited(), stimuli=stimuli)
    assert (verdict.verdict, verdict.money["usd"].next_bill) == ("unknown", None)
    assert any(note.startswith("1 acts off camera were not done") for note in verdict.notes)


def test_an_act_of_which_only_a_doubt_is_written_concerns_everybody(tmp_path):
    club = Club()
    stimuli = f"- after: x{len(club.exchanges)}\n  at: {int(club.now) + 5}\n  unknown: somebody changed a plan\n"
    assert judge(tmp_path, club.credited(), stimuli=stimuli).verdict == "unknown"


def test_a_doubt_that_names_another_customer_leaves_this_one_alone(tmp_path):
    club = Club()
    other = club.customer()
    stimuli = (
        f"- after: x{len(club.exchanges)}\n  at: {int(club.now) + 5}\n  unknown: somebody changed a plan\n  params: {{customer: {other}}}\n"
    )
    assert judge(tmp_path, club.credited(), stimuli=stimuli, scenario=MEANT).money["usd"].next_bill is not None


# --- what may have taken hold, and what was not selected


@pytest.mark.parametrize("status", [None, 500])
def test_what_failed_at_stripe_may_have_taken_hold_also_where_the_control_refuses_it(tmp_path, status):
    operation, params, _ = TAKEN_BY_STRIPE["a price of elsewhere"]
    body = {"error": {"type": "api_error", "message": "x"}} if status else None
    verdict = judge(tmp_path, Club().recorded(operation, params, status, body).credited())
    assert (verdict.verdict, verdict.money["usd"].next_bill) == ("unknown", None)


@pytest.mark.parametrize("last", [(429, "rate_limit"), (409, "idempotency_key_in_use")], ids=lambda one: str(one[0]))
@pytest.mark.parametrize("first", [None, 500])
def test_an_attempt_that_was_turned_away_says_nothing_of_the_one_before(tmp_path, first, last):
    club = Club()
    club.recorded("POST /v1/subscriptions", AGAIN, first, {"error": {"type": "api_error", "message": "x"}} if first else None)
    club.recorded("POST /v1/subscriptions", AGAIN, last[0], {"error": {"type": "invalid_request_error", "code": last[1], "message": "x"}})
    for place in (-2, -1):
        request = msgspec.structs.replace(club.exchanges[place].request, idempotency_key="k1")
        club.exchanges[place] = msgspec.structs.replace(club.exchanges[place], request=request)
    verdict = judge(tmp_path, club.credited())
    assert (verdict.verdict, verdict.money["usd"].next_bill) == ("unknown", None)


SELECTED = MEANT + "select: {customer: CUS}\n"


@pytest.mark.parametrize("name", ["an item that is gone", "a pending item that is gone"])
def test_what_was_not_selected_may_be_theirs_all_the_same(tmp_path, name):
    club, (operation, params, body) = Club(), TAKEN_BY_STRIPE[name]
    exchanges = club.recorded(operation, params, 200, body).credited()
    verdict = judge(tmp_path, exchanges, scenario=SELECTED.replace("CUS", club.customer_id))
    assert (verdict.verdict, verdict.money["usd"].next_bill) == ("unknown", None)
    write_slice(open_capture(tmp_path / "capture"), tmp_path / "part", selection=Selection(customer=club.customer_id))
    assert any("1 calls that tell of no customer were left out" in gap for gap in open_capture(tmp_path / "part").gaps)


def test_what_another_customers_chain_did_is_not_theirs(tmp_path):
    club = Club()
    other = club.subscribe(club.customer(), club.price)["id"]
    gone = {"id": "di_1Else", "object": "discount", "deleted": True}
    exchanges = club.recorded(f"DELETE /v1/subscriptions/{other}/discount", {}, 200, gone).credited()
    verdict = judge(tmp_path, exchanges, scenario="expect: {calls: all}\n" + "select: {customer: CUS}\n".replace("CUS", club.customer_id))
    assert verdict.money["usd"].next_bill is not None
    write_slice(open_capture(tmp_path / "capture"), tmp_path / "part", selection=Selection(customer=club.customer_id))
    assert open_capture(tmp_path / "part").gaps == []


@pytest.mark.parametrize("operation", [
    "POST /v1/payment_links", "POST /v1/test_helpers/test_clocks", "POST /v1/invoices/create_preview", "POST /v1/payment_intents",
])  # fmt: skip
def test_what_bills_nobody_may_fail(tmp_path, operation):
    error = {"error": {"type": "api_error", "message": "x"}}
    verdict = judge(tmp_path, Club().recorded(operation, {"customer": "CUS"}, 500, error).credited())
    assert verdict.money["usd"].next_bill is not None


def test_a_price_that_only_stripe_changed_may_bill_anybody(tmp_path):
    body = {"id": "OTHER", "object": "price", "tax_behavior": "exclusive"}
    verdict = judge(tmp_path, Club().recorded("POST /v1/prices/OTHER", {"frobnicate": "1"}, 200, body).credited())
    assert verdict.money["usd"].next_bill is None


def test_a_part_of_a_torn_capture_is_torn(tmp_path):
    write(tmp_path / "capture", Club().credited())
    segment = tmp_path / "capture" / "segment-0001.jsonl"
    segment.write_bytes(segment.read_bytes()[:-40])
    torn = open_capture(tmp_path / "capture")
    assert torn.gaps
    write_slice(torn, tmp_path / "part", last=f"x{len(torn)}")
    write_redacted(torn, tmp_path / "redacted", Redactor(ProjectKey(b"k" * 32)))
    assert open_capture(tmp_path / "part").gaps == open_capture(tmp_path / "redacted").gaps == torn.gaps
