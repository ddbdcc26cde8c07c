"""Targets: found by name, safe with keys, honest about what they cannot know."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator

import pytest

import replayer.targets as public
from replayer.model import BaselineObject, InputError, Outcome, Refused, Request, TargetError
from replayer.simulator.http import make_server
from replayer.targets import FakeTarget, resolve, stripe_mock
from replayer.targets.url import HttpSession, UrlTarget, is_loopback, is_stripe, made_up_key

_CREATE = Request(method="POST", path="/v1/customers", params={"name": "A"})


def _read(identifier: str) -> Request:
    return Request(method="GET", path=f"/v1/customers/{identifier}")


@pytest.fixture
def url() -> Iterator[str]:
    with make_server("127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_what_is_public_is_listed():
    assert public.__all__ == ["FakeTarget", "Session", "Target", "resolve"]


@pytest.mark.parametrize("name", ["simulator", "stripe-mock", "http://127.0.0.1:1"])
def test_targets_are_found_by_name(name):
    assert resolve(name).name == name


@pytest.mark.parametrize("name", ["simulater", "", "ftp://x"])
def test_other_names_are_an_input_error(name):
    with pytest.raises(InputError) as problem:
        resolve(name)
    assert problem.value.hint


def test_the_simulator_keeps_each_source_apart():
    target = resolve("simulator")
    first, second = target.open("a"), target.open("b")
    made = first.send(_CREATE, 1_700_000_000.0)
    assert made.body["created"] == 1_700_000_000
    assert first.send(_read(made.body["id"])).status == 200
    assert second.send(_read(made.body["id"])).status == 404
    assert first.look_ahead(made.body["id"]).known
    assert made.origins in first.origin_sets
    assert target.clock
    assert target.claims("POST /v1/payment_intents").computed


def test_the_simulator_lays_the_baseline():
    state = {"id": "cus_Laid0000000001", "object": "customer"}
    laid = BaselineObject(id="cus_Laid0000000001", object="customer", provenance="observed", state=state)
    assert resolve("simulator").open("a", [laid]).send(_read("cus_Laid0000000001")).body == state


def test_a_url_is_sent_to_and_tells_nothing_more(url):
    target = resolve(url)
    session = target.open("a")
    made = session.send(_CREATE, 5.0)
    assert (made.status, made.effects, made.origins) == (200, None, None)
    assert made.headers["replayer-origin"] == "simulator"
    assert session.look_ahead(made.body["id"]) is None
    assert target.claims("POST /v1/payment_intents").computed == []
    session.close()


def test_on_this_machine_each_source_is_an_account_of_its_own(url):
    target = resolve(url)
    first, second, again = target.open("a"), target.open("b"), target.open("a")
    made = first.send(_CREATE).body["id"]
    assert second.send(_read(made)).status == 404
    assert again.send(_read(made)).status == 200
    for session in (first, second, again):
        session.close()


def test_a_server_that_is_not_there_is_an_outcome_without_a_status():
    session = resolve("http://127.0.0.1:9").open("a")
    outcome = session.send(_CREATE)
    assert outcome.status is None
    assert outcome.error
    session.close()


def test_an_answer_that_is_no_json_is_kept_as_text():
    from replayer.targets.url import outcome_of

    assert outcome_of(502, {"Server": "x", "X-A": "1"}, b"<html>") == Outcome(status=502, headers={"x-a": "1"}, text="<html>")


@pytest.mark.parametrize("host", ["api.stripe.com", "files.stripe.com", "STRIPE.com", "api.stripe.com."])
def test_stripes_hosts_are_known(host):
    assert is_stripe(host)


@pytest.mark.parametrize("host", ["stripe.com.evil.test", "notstripe.com", "127.0.0.1"])
def test_other_hosts_are_not_stripes(host):
    assert not is_stripe(host)


@pytest.mark.parametrize(
    ("host", "is_here"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("example.test", False)]
)
def test_loopback_hosts_are_known(host, is_here):
    assert is_loopback(host) is is_here


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x", "sk_org_x", "pk_test_x", "whatever"])
def test_only_a_test_key_is_used_elsewhere(monkeypatch, key):
    monkeypatch.setenv("STRIPE_API_KEY", key)
    with pytest.raises(Refused):
        UrlTarget("https://api.stripe.com").open("a")
    with pytest.raises(Refused):
        HttpSession("https://api.stripe.com", key, guarded=True)


def test_elsewhere_a_key_must_be_given(monkeypatch):
    monkeypatch.delenv("STRIPE_API_KEY", raising=False)
    with pytest.raises(InputError):
        UrlTarget("https://example.test").open("a")
    monkeypatch.setenv("STRIPE_API_KEY", "rk_test_x")
    UrlTarget("https://example.test").open("a").close()


def test_a_key_in_a_url_is_refused():
    with pytest.raises(Refused):
        resolve("https://sk_test_x@example.test")


def test_a_proxy_variable_diverts_nothing(monkeypatch, url):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    session = resolve(url).open("a")
    assert session.send(_CREATE).status == 200
    session.close()


def test_made_up_keys_are_test_keys_and_tell_nothing():
    assert made_up_key("shop").startswith("sk_test_")
    assert made_up_key("shop") == made_up_key("shop") != made_up_key("other")
    assert "shop" not in made_up_key("shop")


def test_the_fake_answers_what_it_was_told():
    target = FakeTarget(
        {"POST /v1/customers": Outcome(status=200, body={"id": "cus_1"}), "GET /v1/customers/cus_1": lambda request: Outcome(status=418)}
    )
    session = target.open("source")
    assert session.send(_CREATE).body == {"id": "cus_1"}
    assert session.send(_read("cus_1")).status == 418
    assert session.send(_read("cus_2")).status == 404
    assert [source for source, _ in target.sent] == ["source"] * 3


# --- stripe-mock


@pytest.fixture
def mock() -> Iterator[stripe_mock.StripeMockTarget]:
    if stripe_mock.find_binary() is None and not stripe_mock.is_stripe_mock(stripe_mock.PORT):
        if os.environ.get("CI"):
            pytest.fail("stripe-mock is not here, and CI is set")
        pytest.skip("stripe-mock is not here")
    target = stripe_mock.StripeMockTarget()
    yield target
    target.close()


def test_stripe_mock_is_started_used_and_stopped(mock):
    session = mock.open("a")
    outcome = session.send(_CREATE)
    assert outcome.status == 200
    assert outcome.body["object"] == "customer"
    assert session.send(Request(method="POST", path="/v1/customers", params={"unicorn": "1"})).status == 400
    session.close()
    started, base = mock._started, mock.base
    mock.close()
    assert started is None or started.poll() is not None
    if started is not None:
        assert not stripe_mock.is_stripe_mock(int(base.rpartition(":")[2]))


def test_stripe_mock_claims_nothing(mock):
    assert mock.claims("POST /v1/payment_intents").computed == []
    assert not mock.clock


def test_without_a_binary_or_docker_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(stripe_mock, "command_for", lambda port: None)
    monkeypatch.setattr(stripe_mock, "is_stripe_mock", lambda port: False)
    with pytest.raises(TargetError) as problem:
        stripe_mock.StripeMockTarget().open("a")
    assert "docker" in str(problem.value.hint)


def test_one_that_does_not_start_is_an_error(monkeypatch):
    monkeypatch.setattr(stripe_mock, "command_for", lambda port: ["false"])
    monkeypatch.setattr(stripe_mock, "is_stripe_mock", lambda port: False)
    with pytest.raises(TargetError):
        stripe_mock.StripeMockTarget().open("a")


def test_the_binary_is_found_upwards(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    binary = tmp_path / ".tools" / "bin" / "stripe-mock"
    binary.parent.mkdir(parents=True)
    binary.touch()
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert stripe_mock.find_binary(below) == str(binary)


def test_docker_is_used_where_there_is_no_binary(monkeypatch):
    monkeypatch.setattr(stripe_mock, "find_binary", lambda: None)
    monkeypatch.setattr(stripe_mock.shutil, "which", lambda name: "/usr/bin/docker")
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(stripe_mock.subprocess, "run", lambda *a, **k: done)
    command = stripe_mock.command_for(12345)
    assert command is not None
    assert command[:2] == ["docker", "run"]
    assert "127.0.0.1:12345:12111" in command


def test_every_target_is_one():
    targets: list[public.Target] = [FakeTarget(), resolve("simulator"), resolve("stripe-mock"), resolve("http://127.0.0.1:1")]
    assert [target.origin for target in targets] == ["fake", "simulator", "stripe-mock", "127.0.0.1"]
    assert [target.holds_baseline for target in targets] == [True, True, True, False]
