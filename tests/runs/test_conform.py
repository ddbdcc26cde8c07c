"""`replayer conform` finds what a server does otherwise, at its rule, and calls nothing agreed that was not played."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest

from replayer.cli import main
from replayer.model import Outcome, Request
from replayer.runs.conform import conform, differences
from replayer.runs.sequences import sequences
from replayer.simulator import Simulator
from replayer.simulator.http import Server, make_server
from replayer.targets import resolve


class Otherwise(Simulator):
    """A Stripe that differs on purpose: it reads another request than was sent, or answers another body."""

    def __init__(self, reads: Callable[[Request], Request] | None = None, status: int | None = None) -> None:
        super().__init__()
        self._reads, self._status = reads, status

    def send(self, request: Request, *, key: str = "sk_test_simulator", at: float | None = None) -> Outcome:
        outcome = super().send(self._reads(request) if self._reads else request, key=key, at=at)
        return msgspec.structs.replace(outcome, status=self._status) if self._status else outcome


@contextmanager
def served(simulator: Simulator | None = None) -> Iterator[str]:
    with Server(("127.0.0.1", 0), simulator) if simulator else make_server("127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def without(operation: str, *names: str) -> Callable[[Request], Request]:
    def read(request: Request) -> Request:
        if f"{request.method} {request.path}".startswith(operation):
            return msgspec.structs.replace(request, params={name: value for name, value in request.params.items() if name not in names})
        return request

    return read


def verdicts(url: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in conform(resolve(url), sequences()):
        found.setdefault(one.verdict, set()).add(one.rule)
    return found


def test_the_same_simulator_over_http_agrees_in_every_sequence():
    with served() as url:
        assert verdicts(url) == {"agrees": {one.rule for one in sequences()}}


@pytest.mark.parametrize(
    ("ignored", "rules"),
    [
        (without("POST /v1/subscriptions", "trial_period_days"), {"trial"}),
        (without("POST /v1/prices", "transform_quantity"), {"packages"}),
        (without("POST /v1/subscriptions/", "proration_behavior"), {"proration", "anchor"}),
        (without("DELETE /v1/subscriptions", "prorate"), {"ending"}),
        (without("POST /v1/subscription_schedules", "phases"), set()),
        (without("POST /v1/subscriptions", "default_tax_rates"), {"tax"}),
        (without("POST /v1/subscriptions", "discounts"), {"discount", "proration"}),
    ],
)
def test_a_server_that_ignores_a_parameter_differs_at_its_rule(ignored, rules):
    with served(Otherwise(ignored)) as url:
        assert verdicts(url).get("differs", set()) == rules


def test_what_cannot_be_played_is_unknown(capsys):
    with served(Otherwise(status=500)) as url:
        assert set(verdicts(url)) == {"unknown"}
        assert main(["conform", "--target", url, "--rule", "tax"]) == 3
    assert "0 agree, 0 differ, 4 unknown" in capsys.readouterr().out


def test_the_command_says_where_and_writes_it_down(tmp_path, capsys):
    with served(Otherwise(without("POST /v1/subscriptions", "trial_period_days"))) as url:
        assert main(["conform", "--target", url, "--rule", "trial", "--rule", "price", "--out", str(tmp_path / "found.json")]) == 1
    shown = capsys.readouterr().out
    assert "differs  trial: 7 days" in shown
    assert "invoices[0].total: simulator 0, target 3100" in shown
    found = msgspec.json.decode((tmp_path / "found.json").read_bytes())
    assert {one["rule"] for one in found["sequences"] if one.get("differences")} == {"trial"}


def test_an_unknown_rule_is_refused(capsys):
    assert main(["conform", "--target", "http://127.0.0.1:9", "--rule", "prorations"]) == 2
    assert "rules are price" in capsys.readouterr().err


def test_a_bill_more_and_a_field_less_are_differences():
    assert [one.place for one in differences({"a": [1]}, {"a": [1, 2]})] == ["a[1]"]
    assert [one.place for one in differences({"a": 0, "b": 1}, {"a": 0})] == ["b"]
    assert [one.place for one in differences({"a": 1}, {"a": True})] == ["a"]
