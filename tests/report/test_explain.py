"""Explaining a bill: its calls, its lines with the rule that gives each, whether the control reproduces it, and why the next one differs."""

from __future__ import annotations

import json
import shutil

import msgspec
import pytest

from replayer.capture.store import Writer, open_capture
from replayer.cli import main
from replayer.model import ORIGIN_STRIPE, InputError, Manifest
from replayer.report.explain import explain
from tests.proof.corpus import write
from tests.proof.off_camera import STORIES, Stage
from tests.proof.releases import CARD, RELEASES, judge, judge_steps, later, record

ME = "cus_S0000000000001"
BILLED = [
    (0, "POST /v1/customers", CARD),
    (1, "POST /v1/coupons", {"percent_off": "10", "duration": "forever"}),
    (2, "POST /v1/tax_rates", {"display_name": "VAT", "percentage": "20", "inclusive": "false"}),
    (3, "POST /v1/products", {"name": "Gold"}),
    (4, "POST /v1/prices", {"product": "{3}", "currency": "usd", "unit_amount": "1000", "recurring": {"interval": "month"}}),
    (5, "POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{4}", "quantity": "3"}], "discounts": [{"coupon": "{1}"}],
                                   "default_tax_rates": ["{2}"], "expand": ["latest_invoice"]}),
    (later(10), "POST /v1/subscriptions/{5}", {"metadata": {"a": "b"}}),
]  # fmt: skip


def _lines(subject, what):
    return list(explain(subject, what))


def _having(lines, text):
    return [line.strip() for line in lines if text in line]


def test_a_capture_alone_explains_an_invoice_line_by_line(tmp_path):
    capture = record(tmp_path, BILLED)
    told = _lines(capture, ME)
    assert told[0] == f"CALLS     3 concern {ME}"
    assert len(_having(told, "INVOICE   in_")) == 1
    assert _having(told, "price × quantity: 3 × 1000 = 3000, 2026-03-01 to 2026-04-01")
    assert _having(told, "−3.00  discount di_")
    assert _having(told, "5.40  tax")  # a fifth of 27.00
    assert not _having(told, "reproduced")


def test_an_invoice_is_a_subject_of_its_own(tmp_path):
    capture = record(tmp_path, BILLED)
    invoice = next(
        call.outcome.body["latest_invoice"]["id"]
        for call in open_capture(capture).exchanges()
        if "latest_invoice" in (call.outcome.body or {})
    )
    assert _having(_lines(capture, invoice), f"INVOICE   {invoice}")


def test_a_run_says_whether_the_control_reproduces_it(tmp_path):
    judge_steps(tmp_path, BILLED, lambda call: call)
    assert _having(_lines(tmp_path / "run", ME), "reproduced by the control, line by line")
    assert _having(_lines(tmp_path / "run", ME), "not compared")


def test_where_it_is_not_reproduced_the_line_is_named(tmp_path):
    judge_steps(tmp_path, BILLED, lambda call: call)
    calls = list(open_capture(tmp_path / "capture").exchanges())
    wrong = json.loads(msgspec.json.encode(calls[5].outcome.body))
    wrong["latest_invoice"]["lines"]["data"][0]["amount"] = 2999
    calls[5] = msgspec.structs.replace(calls[5], outcome=msgspec.structs.replace(calls[5].outcome, body=wrong))
    shutil.rmtree(tmp_path / "capture")
    write(tmp_path / "capture", calls, [])
    assert _having(_lines(tmp_path / "run", ME), "not reproduced at line 1: recorded 2999, control 3000")


def test_why_the_next_bill_differs(tmp_path, capsys):
    judge(tmp_path, RELEASES["proration flag"])
    assert main(["explain", str(tmp_path / "run"), ME]) == 0
    told = capsys.readouterr().out.splitlines()
    assert _having(told, "Remaining time on Gold after 11 Mar 2026")
    assert _having(told, "BECAUSE   POST /v1/subscriptions/{subscription} proration_behavior none → create_prorations")


def test_prorations_are_told_apart(tmp_path):
    anew = (
        later(10),
        "POST /v1/subscriptions/{5}",
        {"billing_cycle_anchor": "now", "proration_behavior": "create_prorations", "expand": ["latest_invoice"]},
    )
    assert _having(
        _lines(record(tmp_path, [*BILLED[:6], anew]), ME), "proration, credit for what is left of the old: 2026-03-11 to 2026-04-01"
    )


def test_where_its_invoices_are_not_in_the_capture_it_says_so(tmp_path):
    with Writer(tmp_path / "c", Manifest(origin=ORIGIN_STRIPE, redaction="trusted")) as writer:
        for call in open_capture(record(tmp_path, BILLED[:1])).exchanges():
            writer.append(call)
    assert _having(_lines(tmp_path / "c", ME), "none of its invoices is in the capture")


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(InputError, match="nothing in this capture concerns cus_nobody"):
        _lines(record(tmp_path, BILLED[:1]), "cus_nobody")


def test_what_somebody_else_did_is_part_of_the_story(tmp_path):
    stage = Stage()
    STORIES["changed in the portal"](stage)
    lines = list(explain(write(tmp_path / "capture", stage.exchanges), "cus_S0000000000001"))
    (act,) = [line for line in lines if "off camera" in line]
    assert "POST   /v1/subscriptions/" in act
