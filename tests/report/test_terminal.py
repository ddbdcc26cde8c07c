"""The report for people."""

from replayer.model import Amounts, CandidateInfo, Control, Exchanges, Finding, Gate, Judged, Money, Verdict
from replayer.report.terminal import last_line, report_lines


def finding(number, **fields):
    base = dict(id=f"f{number}", kind="field", operation="POST /v1/charges", field="amount", count=1, examples=["x1"], control=1, candidate=2,
                money={}, cause=None, judgement="divergence", expected=False)  # fmt: skip
    return Finding(**{**base, **fields})


def verdict(**fields):
    base = dict(verdict="divergence", exchanges=Exchanges(total=10, matched=9, diverged=1), control=Control(), judged=Judged(money=0.98), findings=[],
                money={}, effects={}, gates=[], capture="c", origin="api.stripe.com", target="simulator", candidate=CandidateInfo(file="x.py", calls_changed=1))  # fmt: skip
    return Verdict(**{**base, **fields})


def text(value, **options):
    return "\n".join(report_lines(value, **options))


def test_the_verdict_is_the_last_line():
    lines = list(report_lines(verdict(), seconds=1.25))
    assert lines[-1] == "========== divergence: 9 of 10 calls match; 98% of the money judged; in 1.2 s =========="


def test_the_worst_money_stands_first_and_what_follows_stands_below():
    findings = [
        finding(1, kind="call.changed", money={"usd": 100}),
        finding(2, kind="call.extra", money={"usd": -2500}),
        finding(3, cause="f2", field="total"),
    ]
    lines = text(verdict(findings=findings)).splitlines()
    order = [next(place for place, line in enumerate(lines) if word in line) for word in ("call.extra", "└ field", "call.changed")]
    assert order == sorted(order)
    assert "−USD 25.00" in lines[order[0]]


def test_repeats_are_counted_and_never_listed():
    many = [finding(0, kind="call.changed"), *[finding(n, cause="f0", field=f"f{n}") for n in range(1, 400)]]
    assert len(text(verdict(findings=many)).splitlines()) < 20
    assert "and 393 more" in text(verdict(findings=many))


def test_money_that_is_not_known_is_called_unknown():
    money = {
        "usd": Money(moved=Amounts(control=0, candidate=5, delta=5), committed=None, next_bill=None),
        "jpy": Money(moved=Amounts(), committed=Amounts(), next_bill=Amounts()),
    }
    report = text(verdict(money=money))
    assert "+0.05" in report
    assert report.count("unknown") >= 3
    assert "committed, next bill in usd unknown; moved to horizon in usd, jpy unknown" in last_line(verdict(money=money))


def test_gates_stand_first_with_their_marks():
    lines = text(verdict(gates=[Gate(gate="money == 0", passed=False), Gate(gate="judged.money >= 95 %", passed=True)])).splitlines()
    assert lines[0] == "GATES     ✗ money == 0   ✓ judged.money >= 95 %"


def test_a_gate_with_nothing_to_judge_has_no_tick():
    gate = Gate(gate="judged.money >= 95 %", passed=True, kind="judged", value="nothing to judge")
    assert text(verdict(gates=[gate])).splitlines()[0] == "GATES     – judged.money >= 95 % (nothing to judge)"


def test_a_foreign_origin_and_an_untouched_capture_are_said_in_the_last_line():
    assert "proves nothing about Stripe" in last_line(verdict(origin="simulator"))
    untouched = last_line(verdict(candidate=CandidateInfo(file=None), control=Control(fields=0.6)))
    assert "no call changed: nothing was tested; control reproduces 60% of the fields" in untouched


def test_structured_values_are_worded():
    report = text(
        verdict(
            findings=[
                finding(1, kind="call.changed", control={"amount": "1", "currency": "usd"}, candidate={"amount": "2", "currency": "usd"})
            ]
        )
    )
    assert "['amount'] 1 → 2" in report
    assert "['currency']" not in report


def test_colour_is_only_for_terminals():
    assert "\033" not in text(verdict())
    assert "\033" in text(verdict(), colour=True)
