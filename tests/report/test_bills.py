"""The next-bill table as people and scripts read it."""

from __future__ import annotations

import csv

import msgspec
import pytest

from replayer.cli import main
from replayer.model import Bill, BillLine, NextBill
from replayer.report.bills import CSV_HEAD, as_csv, as_json, as_text, in_line, ordered
from tests.proof.releases import RELEASES, judge

LINE = BillLine(amount=700, description='Gold, "big"', quantity=1, start=10, end=20)
BILL = Bill(created=1_775_001_612, currency="usd", total=700, due=700, paid=700, status="paid", reason="subscription_cycle", lines=[LINE])
ROWS = [
    NextBill(customer="cus_b", source="s", until=5, control=[BILL], candidate=[msgspec.structs.replace(BILL, total=900, created=1)], delta={"usd": 200}, cause="f1"),
    NextBill(customer="cus_a", source="s", control=[BILL], candidate=None),
    NextBill(customer="cus_c", source="s", control=[BILL], candidate=[msgspec.structs.replace(BILL, status="open")], cause="f1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("by", "order"),
    [("delta", ["cus_b", "cus_a", "cus_c"]), ("customer", ["cus_a", "cus_b", "cus_c"]), ("date", ["cus_a", "cus_b", "cus_c"])],
)
def test_rows_are_ordered(by, order):
    assert [row.customer for row in ordered(ROWS, by)] == order


def test_a_line_says_what_becomes_what():
    assert in_line(ROWS[0]) == "cus_b  USD 7.00 on 2026-04-01 → USD 9.00 on 1970-01-01  +USD 2.00"
    assert in_line(ROWS[1]) == "cus_a  USD 7.00 on 2026-04-01 → unknown"
    assert in_line(ROWS[2]).endswith("same sum, otherwise")


def test_bills_that_differ_are_shown_line_by_line():
    text = list(as_text(ROWS))
    assert sum('Gold, "big"' in line for line in text) == 4


def test_csv_keeps_every_line_and_says_what_is_unknown():
    head, *rows = csv.reader(as_csv(ROWS))
    assert tuple(head) == CSV_HEAD
    assert {len(row) for row in rows} == {len(CSV_HEAD)}
    assert [row[head.index("status")] for row in rows] == ["paid", "paid", "paid", "unknown", "paid", "open"]
    assert {row[head.index("description")] for row in rows} == {'Gold, "big"', ""}


def test_json_is_read_back():
    assert [msgspec.json.decode(line, type=NextBill) for line in as_json(ROWS)] == ROWS


def test_the_command_shows_a_runs_table(tmp_path, capsys):
    judge(tmp_path, RELEASES["renewal price"])
    assert main(["bills", str(tmp_path / "run"), "--changed"]) == 0
    (first, *_) = capsys.readouterr().out.splitlines()
    assert first.startswith("cus_S0000000000001")
    assert first.endswith("+USD 1.00")
    assert main(["bills", str(tmp_path / "run"), "--format", "csv"]) == 0
    assert "cus_S0000000000001" in capsys.readouterr().out


def test_what_is_no_run_is_said(tmp_path, capsys):
    assert main(["bills", str(tmp_path)]) == 2
    assert "not a finished run" in capsys.readouterr().err
