"""A month of subscribers: the next-bill table agrees with a truth that knows nothing of the simulator. `make proof` does it with 20,000."""

from __future__ import annotations

import pytest

from replayer.model import Verdict
from replayer.runs import RunSpec, execute
from replayer.runs.run import read_bills
from tests.proof.month import PLANS, record, subscribers
from tests.proof.month_truth import next_bill

COUNT = 200
CANDIDATE = """
def rewrite(call):
    return call.with_params(proration_behavior="none") if "proration_behavior" in call.params else call
"""


def judge(folder, people):
    """Run the candidate that prorates nothing; the verdict, the rows of its table by customer, and the customers in order."""
    capture, names = record(folder / "capture", people)
    candidate = folder / "candidate.py"
    candidate.write_text(CANDIDATE)
    *_, verdict = execute(RunSpec(capture=capture, out=folder / "run", candidate=candidate, jobs=1))
    assert isinstance(verdict, Verdict)
    return verdict, {row.customer: row for row in read_bills(folder / "run")}, names


def told(bills):
    return None if not bills else (bills[0].total, bills[0].created)


def truth(who, *, prorated):
    found = next_bill(who, PLANS, prorated=prorated)
    return None if found is None else (found[0], int(found[1].timestamp()))


def disagreements(people, rows, names):
    """Where the table and the truth part, customer by customer."""
    found = []
    for who, name in zip(people, names, strict=True):
        row = rows.get(name)
        if row is None:
            found += [f"{name} is not in the table"] if who.in_reach else []
            continue
        for arm, bills, prorated in (("control", row.control, True), ("candidate", row.candidate, False)):
            if told(bills) != truth(who, prorated=prorated):
                found.append(f"{name} {arm}: {told(bills)}, and in truth {truth(who, prorated=prorated)}: {who}")
    return found


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    people = subscribers(COUNT)
    return people, *judge(tmp_path_factory.mktemp("month"), people)


def test_the_next_bill_of_everybody_is_the_true_one(judged):
    people, verdict, rows, names = judged
    assert verdict.exit_code == 1
    assert disagreements(people, rows, names) == []


def test_the_sum_is_that_of_the_truth(judged):
    people, verdict, _, _ = judged
    changing = [who for who in people if who.in_reach]
    delta = sum(truth(who, prorated=False)[0] - truth(who, prorated=True)[0] for who in changing)
    assert verdict.money["usd"].next_bill.delta == delta
    assert sum(finding.money["usd"] for finding in verdict.findings if finding.field == "next bill usd") == delta


def test_a_table_that_is_a_cent_off_is_found_out(judged):
    people, _, rows, names = judged
    name = next(name for name, who in zip(names, people, strict=True) if who.in_reach)
    import msgspec

    row = rows[name]
    off = msgspec.structs.replace(row, control=[msgspec.structs.replace(row.control[0], total=row.control[0].total + 1)])
    assert len(disagreements(people, {**rows, name: off}, names)) == 1


def test_all_bills_add_up_to_the_ledger(judged):
    _, verdict, _, _ = judged
    assert {total.currency for total in verdict.bills.totals} >= {"usd"}
    assert [total for total in verdict.bills.totals if total.off] == []
    assert all(amounts.control for amounts in verdict.bills.recurring.values())
