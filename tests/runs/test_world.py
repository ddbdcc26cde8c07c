"""A run takes the world that its capture shows: both arms the same, and money that rests on more than was seen is listed apart."""

from __future__ import annotations

import json

import msgspec
import pytest

from replayer.capture.store import open_capture
from replayer.capture.world import whole_world
from replayer.capture.world_file import dump_world
from replayer.model import InputError, World
from replayer.report.bills import summed
from replayer.report.terminal import report
from replayer.runs import RunSpec, execute, load_scenario
from replayer.runs.run import read_bills
from tests.worlds import ACME, CARD, FEES, GERMAN, TAXED, answers, pay, recorded, subscribe

DAY = 86400
PAID = World(issuers=answers("yes", "no", "yes"), accounts=[ACME])
GOOD = World(issuers=answers("yes", "yes", "yes"), accounts=[ACME], taxes=[GERMAN], fees=[FEES])


def run(folder, capture, candidate=None, **more):
    if candidate is not None:
        (folder / "candidate.py").write_text(candidate)
        more["candidate"] = folder / "candidate.py"
    *_, verdict = execute(RunSpec(capture=capture, out=folder / "run", **more))
    return verdict


def second(change):
    """A candidate that changes the second payment."""
    return f"def rewrite(call):\n    return call.{change} if call.params.get('metadata', {{}}).get('n') == '2' else call\n"


def numbered(count, **more):
    return [pay(number * 1000, metadata={"n": str(number)}, **more) for number in range(1, count + 1)]


def test_a_card_of_which_nothing_is_documented_pays_as_it_did(tmp_path):
    capture = recorded(tmp_path, PAID, numbered(3))
    assert [call.outcome.status for call in open_capture(capture).exchanges()] == [200, 402, 200]
    verdict = run(tmp_path, capture)
    assert (verdict.control.reproduced, verdict.control.fields) == (1.0, 1.0)
    assert verdict.assumed == []


def test_without_its_world_nobody_knows(tmp_path):
    capture = recorded(tmp_path, PAID, numbered(3))
    (tmp_path / "world.yaml").write_text("issuers: []\n")
    assert run(tmp_path, capture, world=tmp_path / "world.yaml").control.reproduced == 0.0


def test_a_candidate_is_judged_by_the_answers_that_both_arms_take_as_given(tmp_path):
    """A smaller amount is covered by the success that was seen: nothing is assumed, and the difference is known."""
    capture = recorded(tmp_path, World(issuers=answers("yes", "yes", "yes")), numbered(3))
    verdict = run(tmp_path, capture, second("with_params(amount='1500')"))
    assert verdict.verdict == "divergence"
    assert (verdict.money["usd"].moved.delta, verdict.assumed) == (-500, [])


def test_more_than_was_seen_is_assumed_and_listed_apart(tmp_path):
    capture = recorded(tmp_path, World(issuers=answers("yes", "yes", "yes")), numbered(3))
    verdict = run(tmp_path, capture, second("with_params(amount='2500')"))
    (one,) = verdict.assumed
    assert (one.when, one.currency, one.control, one.candidate) == ("moved", "usd", 0, 2500)
    assert one.facts == (f"{CARD} succeeds for 2500 as for 2000 usd",)
    shown = report(verdict)
    assert "ASSUMED   of which USD 25.00 (USD 0.00 in control) rests on assumed facts:" in shown
    assert one.facts[0] in shown


def test_a_decline_holds_for_more_too_but_for_less_it_is_assumed(tmp_path):
    capture = recorded(tmp_path, PAID, numbered(3))
    for amount, assumed in (("2500", False), ("1500", True)):
        (tmp_path / amount).mkdir()
        run(tmp_path / amount, capture, second(f"with_params(amount='{amount}')"))
        arm = open_capture(tmp_path / amount / "run" / "candidate")
        _, declined, _ = arm.exchanges()
        assert declined.outcome.status == 402
        assert ("assumed" in arm.manifest.origin_sets[declined.outcome.origins]) is assumed


def test_one_more_attempt_turns_the_others_nothing_round(tmp_path):
    """What the candidate adds before the second takes the second's place in number, and not its answer."""
    capture = recorded(tmp_path, PAID, numbered(3))
    twice = (
        "def rewrite(call):\n    extra = call.without('metadata')\n"
        "    return [call, extra] if call.params.get('metadata', {}).get('n') == '1' else call\n"
    )
    verdict = run(tmp_path, capture, twice)
    statuses = [call.outcome.status for call in open_capture(tmp_path / "run" / "candidate").exchanges()]
    assert statuses == [200, 200, 402, 200]
    (one,) = verdict.assumed
    assert (one.control, one.candidate) == (0, 2000)
    assert "another attempt" in one.facts[0]


def test_what_a_renewal_is_paid_with_is_assumed(tmp_path):
    capture = recorded(tmp_path, GOOD, [subscribe(), (5 * DAY, "POST /v1/subscriptions/{0}", {"metadata": {"a": "b"}})])
    verdict = run(
        tmp_path,
        capture,
        "def rewrite(call):\n    return call.with_param('items[0][quantity]', '2') if call.params.get('items') else call\n",
    )
    due = [one for one in verdict.assumed if one.when == "next_bill"]
    assert (sum(one.control for one in due), sum(one.candidate for one in due)) == (3100, 6200)
    assert due[0].facts == (f"{CARD} succeeds at another attempt than those that were seen, as at attempt 1, and for 6200 as for 3100 usd",)
    assert any("of which USD 62.00 (USD 31.00 in control)" in line for line in summed(read_bills(tmp_path / "run")))
    assert all(bill.assumed for row in read_bills(tmp_path / "run") for bill in row.candidate)


def test_tax_is_computed_from_the_rate_that_the_capture_states(tmp_path):
    capture = recorded(tmp_path, GOOD, TAXED)
    verdict = run(tmp_path, capture)
    assert (verdict.control.reproduced, verdict.control.fields) == (1.0, 1.0)
    assert next(open_capture(tmp_path / "run" / "control").exchanges()).outcome.body["latest_invoice"]["total"] == 3100 + 589


def test_a_rate_that_nobody_states_counts_only_from_a_file_and_is_assumed_then(tmp_path):
    """Worked out from the amounts that it gives, it would prove nothing: a changed amount would be followed."""
    capture = recorded(tmp_path, GOOD, TAXED[:1])
    run(tmp_path, capture)
    assert "what tax is due" in next(open_capture(tmp_path / "run" / "control").exchanges()).outcome.error
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "w.yaml").write_text(dump_world(whole_world(open_capture(capture))))
    assert "derived: true" in (tmp_path / "b" / "w.yaml").read_text()
    run(tmp_path / "b", capture, world=tmp_path / "b" / "w.yaml")
    arm = open_capture(tmp_path / "b" / "run" / "control")
    made = next(arm.exchanges()).outcome
    assert made.body["latest_invoice"]["total"] == 3689
    assert "latest_invoice.total" in arm.manifest.origin_sets[made.origins]["assumed"]


def test_tax_at_another_place_is_unknown_and_for_another_product_assumed(tmp_path):
    capture = recorded(tmp_path, GOOD, TAXED)
    world = whole_world(open_capture(capture))
    for name, rate in {"place": {"country": "FR"}, "code": {"tax_code": "txcd_20030000"}}.items():
        changed = msgspec.structs.replace(world, taxes=[msgspec.structs.replace(one, **rate) for one in world.taxes])
        (tmp_path / name).mkdir()
        (tmp_path / name / "w.yaml").write_text(dump_world(changed))
        run(tmp_path / name, capture, world=tmp_path / name / "w.yaml")
        made = next(open_capture(tmp_path / name / "run" / "control").exchanges()).outcome
        if name == "place":
            assert "tax is due in DE" in made.error
        else:
            assert made.body["latest_invoice"]["total"] == 3689
            sets = open_capture(tmp_path / name / "run" / "control").manifest.origin_sets
            assert "latest_invoice.total" in sets[made.origins]["assumed"]


def test_a_changed_rate_is_followed_in_both_arms(tmp_path):
    """The decision comes from the world; what it comes to is computed."""
    capture = recorded(tmp_path, GOOD, TAXED)
    text = dump_world(whole_world(open_capture(capture)))
    assert "percentage: 19" in text
    (tmp_path / "world.yaml").write_text(text.replace("percentage: 19", "percentage: 7"))
    run(tmp_path, capture, world=tmp_path / "world.yaml")
    for role in ("control", "candidate"):
        made = next(open_capture(tmp_path / "run" / role).exchanges()).outcome.body
        assert made["latest_invoice"]["total"] == 3100 + 217


def test_a_scenario_names_a_world(tmp_path):
    recorded(tmp_path, GOOD, numbered(1))
    (tmp_path / "scenario.yaml").write_text("capture: capture\nworld: world.yaml\n")
    (tmp_path / "world.yaml").write_text("issuers: []\n")
    assert load_scenario(tmp_path, tmp_path / "out").world == (tmp_path / "world.yaml").resolve()
    (tmp_path / "world.yaml").write_text("issuer: []\n")
    with pytest.raises(InputError) as error:
        load_scenario(tmp_path, tmp_path / "out")
    assert error.value.place.endswith("world.yaml:1:1")
    (tmp_path / "world.yaml").unlink()
    with pytest.raises(InputError) as error:
        load_scenario(tmp_path, tmp_path / "out")
    assert error.value.place.endswith("scenario.yaml:2:1")


def test_the_verdict_lists_what_is_assumed_for_scripts(tmp_path):
    from replayer.diff.verdict import to_json

    capture = recorded(tmp_path, GOOD, numbered(2))
    verdict = run(tmp_path, capture, second("with_params(amount='2500')"))
    assert json.loads(to_json(verdict))["assumed"] == [
        {"facts": [f"{CARD} succeeds for 2500 as for 2000 usd"], "when": "moved", "currency": "usd", "control": 0, "candidate": 2500}
    ]


def test_a_decline_of_the_renewal_can_be_written_into_the_file(tmp_path):
    """By its number, as nobody knows its time; it holds, and nothing of it is assumed but that the retries fail alike."""
    capture = recorded(tmp_path, GOOD, [subscribe(), (5 * DAY, "POST /v1/subscriptions/{0}", {"metadata": {"a": "b"}})])
    text = dump_world(whole_world(open_capture(capture)))
    row = f"- {{payment_method: {CARD}, attempt: 2, answer: declined, code: card_declined}}\n"
    (tmp_path / "world.yaml").write_text(text.replace("issuers:\n", "issuers:\n" + row))
    two = "def rewrite(call):\n    return call.with_param('items[0][quantity]', '2') if call.params.get('items') else call\n"
    run(tmp_path, capture, two, world=tmp_path / "world.yaml")
    (row,) = read_bills(tmp_path / "run")
    assert [(bill.status, bill.paid, bill.total) for bill in row.control] == [("open", 0, 3100)]
    assert row.control[0].assumed == ()
