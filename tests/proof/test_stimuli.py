"""What was done off camera is done again in both arms: the control then bills as the recording did, to the cent."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from replayer.capture.stimuli import dump_stimuli, infer
from replayer.capture.store import open_capture
from replayer.model import Exchange, Verdict
from replayer.runs import RunSpec, execute
from tests.make import T0
from tests.proof.corpus import CONTROL, write
from tests.proof.off_camera import BY_READS, DAY, STORIES, Stage

SAME = "def rewrite(call):\n    return call\n"


def record(name: str, *, events: bool = True) -> list[Exchange]:
    stage = Stage(events=events)
    STORIES[name](stage)
    return stage.exchanges


def judge(folder: Path, exchanges: list[Exchange], candidate: str = SAME, stimuli: str | None = None) -> tuple[Verdict, list[Exchange]]:
    """The verdict, and the control's calls."""
    folder.mkdir(exist_ok=True)
    capture = write(folder / "capture", exchanges)
    (folder / "candidate.py").write_text(candidate)
    file = folder / "stimuli.yaml"
    if stimuli is not None:
        file.write_text(stimuli)
    spec = RunSpec(
        capture=capture, out=folder / "run", candidate=folder / "candidate.py", stimuli=file if stimuli is not None else None, jobs=1
    )
    *_, verdict = execute(spec)
    assert isinstance(verdict, Verdict)
    return verdict, list(open_capture(folder / "run" / CONTROL).exchanges())


def money(body):
    """Every amount, status and quantity of an answer, by its place."""
    if isinstance(body, dict):
        names = ("cancel_at", "status", "quantity", "balance", "total", "subtotal", "amount", "net", "fee")
        found = {}
        for name, value in body.items():
            if isinstance(value, dict | list):
                found.update({f"{name}.{place}": leaf for place, leaf in money(value).items()})
            elif name in names or name.startswith("amount_") or name.endswith("_amount"):
                found[name] = value
        return found
    if isinstance(body, list):
        return {f"{place}.{inner}": leaf for place, one in enumerate(body) for inner, leaf in money(one).items()}
    return {}


@pytest.mark.parametrize("name", STORIES)
def test_the_control_does_what_was_done_off_camera(tmp_path, name):
    recorded = record(name)
    verdict, control = judge(tmp_path, recorded)
    acts = [one for one in control if one.lane == "external"]
    assert acts
    assert [
        (one.request.path, one.outcome.status, one.reason) for one in acts if one.outcome.status != 200 and "declined" not in name
    ] == []
    calls = {one.id: one for one in recorded if one.lane == "api"}
    for one in control:
        if one.lane == "api":
            assert money(one.outcome.body) == money(calls[one.replayed_from].outcome.body), one.request.path
    assert (verdict.verdict, verdict.control.reproduced, verdict.exchanges.unknown) == ("match", 1, 0)
    assert verdict.exchanges.total == len(calls)


@pytest.mark.parametrize("name", STORIES)
def test_without_it_the_control_does_not(tmp_path, name):
    recorded = record(name)
    _, control = judge(tmp_path, recorded, stimuli="[]")
    calls = {one.id: one for one in recorded}
    assert any(money(one.outcome.body) != money(calls[one.replayed_from].outcome.body) for one in control)


@pytest.mark.parametrize("name", BY_READS)
def test_later_answers_tell_it_where_no_event_does(tmp_path, name):
    recorded = record(name, events=False)
    assert all(one.lane == "api" for one in recorded)
    verdict, control = judge(tmp_path, recorded)
    calls = {one.id: one for one in recorded}
    assert [one for one in control if one.lane == "external"]
    for one in control:
        if one.lane == "api":
            assert money(one.outcome.body) == money(calls[one.replayed_from].outcome.body), one.request.path
    assert (verdict.verdict, verdict.control.reproduced) == ("match", 1)


@pytest.mark.parametrize("name", STORIES)
def test_events_and_later_answers_are_not_two_acts(name):
    recorded = record(name)
    told = infer(lambda: iter(recorded), "s").acts
    assert len({one.request.path for one in told}) == len(told) or name in ("declined in the browser", "cancelled in the portal")


# --- a candidate, and what was done off camera after it

MORE = """
def rewrite(call):
    return call.with_param("items[0][quantity]", 2) if call.operation == "POST /v1/subscriptions" and "customer" in call.params else call
"""


def test_a_change_whose_money_moves_by_an_act_is_found_to_the_cent(tmp_path):
    """Two at 10.00 instead of one are 10.00 more at once; the change in the portal on the 10th day then credits two, and not one."""
    recorded = record("changed in the portal")
    verdict, control = judge(tmp_path, recorded, MORE)
    act = next(one for one in control if one.lane == "external")
    period = act.outcome.body["items"]["data"][0]
    left = (period["current_period_end"] - int(act.at)) / (period["current_period_end"] - period["current_period_start"])
    assert verdict.money["usd"].moved.delta == 1000 - (round(2000 * left) - round(1000 * left))
    assert verdict.verdict == "divergence"


def test_an_act_that_the_candidates_state_does_not_take_is_a_divergence(tmp_path):
    """The program charges 2.00 instead of 20.00, of which somebody gives 3.00 back."""
    less = 'def rewrite(call):\n    return call.with_params(amount="200") if call.operation == "POST /v1/payment_intents" else call\n'
    verdict, _ = judge(tmp_path, record("refunded in the dashboard"), less)
    assert verdict.verdict == "divergence"
    statuses = [finding for finding in verdict.findings if finding.kind == "status" and finding.operation == "POST /v1/refunds"]
    assert statuses
    assert statuses[0].cause is not None


def unfinished(name: str, *, without: tuple[str, ...] = (), **changed) -> list[Exchange]:
    """A story that ends before its renewal, without some events or calls, its subscription's event changed."""
    kept = []
    for one in record(name):
        if (one.at or 0) > T0 + 12 * DAY:
            break
        is_told = one.lane == "webhook"
        if any(text in (one.request.params.get("type", "") if is_told else one.request.path) for text in without):
            continue
        if is_told and changed and one.request.params["type"] == "customer.subscription.updated":
            data = one.request.params["data"]
            event = {**one.request.params, "data": {**data, "object": {**data["object"], **changed}}}
            one = msgspec.structs.replace(one, request=msgspec.structs.replace(one.request, params=event))
        kept.append(msgspec.structs.replace(one, id=f"x{len(kept) + 1}"))
    return kept


def test_the_bill_that_follows_an_act_is_known(tmp_path):
    verdict, control = judge(tmp_path, unfinished("changed in the portal"), MORE)
    assert [one.disposition for one in control if one.lane == "external"] == ["sent"]
    assert verdict.money["usd"].next_bill is not None


def test_what_nobody_can_tell_makes_the_bills_unknown(tmp_path):
    """The portal's change is told without its configuration, and without the events of invoice items."""
    recorded = unfinished("changed in the portal", without=("invoiceitem", "billing_portal/configurations"))
    verdict, control = judge(tmp_path, recorded, MORE)
    assert [one.disposition for one in control if one.lane == "external"] == ["skipped"]
    assert verdict.money["usd"].next_bill is None


def test_an_act_that_comes_out_otherwise_than_was_seen_makes_the_bills_unknown(tmp_path):
    verdict, control = judge(tmp_path, unfinished("changed in the portal", status="past_due"), MORE)
    assert [one.outcome.body["status"] for one in control if one.lane == "external"] == ["active"]
    assert verdict.money["usd"].next_bill is None


def test_money_that_an_act_moves_otherwise_than_its_events_tell_makes_the_bills_unknown(tmp_path):
    """The event says that a charge of 30.00 was made where 20.00 are due."""
    recorded = []
    for one in record("billed in the portal"):
        if (one.at or 0) > T0 + 12 * DAY:
            break
        if one.request.params.get("type") == "charge.succeeded" and one.request.params["created"] > T0 + DAY:
            data = one.request.params["data"]
            wrong = {**one.request.params, "data": {**data, "object": {**data["object"], "amount": 3000, "amount_captured": 3000}}}
            assert data["object"]["amount"] != 3000
            one = msgspec.structs.replace(one, request=msgspec.structs.replace(one.request, params=wrong))
        recorded.append(one)
    assert judge(tmp_path / "wrong", recorded, MORE)[0].money["usd"].next_bill is None
    right = [one for one in record("billed in the portal") if (one.at or 0) <= T0 + 12 * DAY]
    assert judge(tmp_path / "right", right, MORE)[0].money["usd"].next_bill is not None


def test_what_a_file_says_is_done_instead(tmp_path):
    recorded = unfinished("changed in the portal")
    (act,) = infer(lambda: iter(recorded), "s").acts
    same, _ = judge(tmp_path / "same", recorded, MORE, stimuli=dump_stimuli([act], sources=False))
    shown, _ = judge(tmp_path / "shown", recorded, MORE)
    assert same.money == shown.money
    params = {**act.request.params, "proration_behavior": "none"}
    other = msgspec.structs.replace(act, request=msgspec.structs.replace(act.request, params=params))
    verdict, control = judge(tmp_path / "other", recorded, MORE, stimuli=dump_stimuli([other], sources=False))
    assert [one.request.params["proration_behavior"] for one in control if one.lane == "external"] == ["none"]
    assert verdict.money["usd"].next_bill != shown.money["usd"].next_bill


def test_no_renewal_happens_twice(tmp_path):
    recorded = record("changed in the portal")
    _, control = judge(tmp_path, recorded)
    invoices = {
        effect.id for one in control for effect in one.outcome.effects or () if effect.kind == "created" and effect.object == "invoice"
    }
    real = {one.request.params["data"]["object"]["id"] for one in recorded if one.request.params.get("type") == "invoice.paid"}
    assert len(invoices) == len(real) == 2


@pytest.mark.skipif(shutil.which("stripe-mock") is None, reason="stripe-mock is not on the PATH")
def test_only_the_simulator_acts_on_pages(tmp_path):
    recorded, folder = record("checkout paid"), tmp_path / "run"
    *_, verdict = execute(RunSpec(capture=write(tmp_path / "capture", recorded), out=folder, target="stripe-mock"))
    acts = [one for one in open_capture(folder / CONTROL).exchanges() if one.lane == "external"]
    assert [(one.disposition, "pages" in (one.reason or "")) for one in acts] == [("skipped", True)]
    assert isinstance(verdict, Verdict)
    assert verdict.exchanges.total == sum(one.lane == "api" for one in recorded)
