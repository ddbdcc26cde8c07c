"""Releases that are wrong only after the window: each is found, with its customer and the cents of the next bill. Without a horizon: unknown."""

from __future__ import annotations

import pytest

from replayer.diff.expect import Expectation
from replayer.runs.run import read_bills
from tests.proof.releases import RELEASES, judge

ME, OTHERS = "cus_S0000000000001", {"cus_S0000000000002", "cus_S0000000000003"}


def _told(bills):
    return [(bill.total, bill.created) for bill in bills]


@pytest.mark.parametrize("name", RELEASES)
def test_it_is_found_with_its_customer_and_its_cents(tmp_path, name):
    release = RELEASES[name]
    verdict = judge(tmp_path, release)
    assert verdict.exit_code == 1
    rows = {row.customer: row for row in read_bills(tmp_path / "run")}
    assert (_told(rows[ME].control), _told(rows[ME].candidate)) == (release.control, release.candidate)
    delta = sum(total for total, _ in release.candidate) - sum(total for total, _ in release.control)
    assert rows[ME].delta == ({"usd": delta} if delta else {})
    assert verdict.money["usd"].next_bill.delta == delta
    assert [row.customer for row in verdict.bills.largest] == [ME]
    assert not any(rows[name].cause for name in OTHERS & rows.keys())


@pytest.mark.parametrize("name", RELEASES)
def test_without_a_horizon_it_is_not_known(tmp_path, name):
    verdict = judge(tmp_path, RELEASES[name], horizon="none")
    assert {columns.next_bill for columns in verdict.money.values()} <= {None}
    assert verdict.verdict not in ("match", "as_intended")


@pytest.mark.parametrize("name", RELEASES)
def test_nothing_changed_bills_the_same(tmp_path, name):
    import msgspec

    unchanged = msgspec.structs.replace(RELEASES[name], change=lambda call: call)
    assert judge(tmp_path, unchanged, expectation=Expectation()).verdict == "match"
