"""Test mode: what may be sent with which key, at which pace, and marked how. Against a stand-in: Stripe cannot be reached from tests."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from replayer.cli import main
from replayer.model import InputError, Refused, Request, TargetError
from replayer.targets import resolve, test_mode
from tests.conftest import ROOT
from tests.standin import standing_in

KEY = "sk_test_Standin0001"
KINDS = [
    "sk_live_abcdefgh",
    "rk_live_abcdefgh",
    "sk_org_live_abcdefgh",
    "sk_org_test_abcdefgh",
    "pk_test_abcdefgh",
    "pk_live_abcdefgh",
    "whatever",
    "sk_test_",
    "sk_test_a\nb",
    "xsk_test_abc",
    "ek_test_abc",
]
SHOP = str(ROOT / "captures" / "demo-shop")
T = 1_700_000_000.0


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    test_mode._proven.clear()
    test_mode._buckets.clear()
    for name in ("STRIPE_API_KEY", "STRIPE_API_KEY_CONTROL", "STRIPE_API_KEY_CANDIDATE"):
        monkeypatch.delenv(name, raising=False)


def opened(monkeypatch, server, *, role="control", tag="", clocks=False, rate=1000.0):
    monkeypatch.setenv("REPLAYER_TEST_MODE_BASE", server.url)
    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    monkeypatch.setattr(test_mode, "TEST_MODE_RATE", rate)
    return test_mode.TestModeTarget(role, tag, clocks=clocks).open("s")


def made(key, **params):
    return Request(method="POST", path="/v1/customers", params=params, idempotency_key=key)


# --- keys and livemode


@pytest.mark.parametrize("variable", ["STRIPE_API_KEY", "STRIPE_API_KEY_CONTROL", "STRIPE_API_KEY_CANDIDATE"])
@pytest.mark.parametrize("key", KINDS)
@pytest.mark.parametrize("command", ["run", "replay", "fidelity", "plan", "seed", "clean"])
def test_every_command_refuses_every_other_key_before_a_byte_leaves(monkeypatch, tmp_path, capsys, command, key, variable):
    arguments = {"replay": ["--out", str(tmp_path / "o")], "seed": ["--out", str(tmp_path / "o")]}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        monkeypatch.setenv("REPLAYER_TEST_MODE_BASE", f"http://127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setenv("STRIPE_API_KEY", KEY)
        monkeypatch.setenv(variable, key)
        given = ["--run", "0123456789ab"] if command == "clean" else [SHOP, "--target", "test-mode", *arguments.get(command, [])]
        assert main([command, *given]) == 2
        with pytest.raises(BlockingIOError):
            listening.accept()
    said = capsys.readouterr().err
    assert "only a test mode key" in said
    assert key not in said or key in ("sk_test_", "whatever")


def test_a_test_key_does_reach_the_socket(monkeypatch, tmp_path):
    """The counterpart: the socket of the test above would have seen a byte."""
    with standing_in() as server:
        monkeypatch.setenv("REPLAYER_TEST_MODE_BASE", server.url)
        monkeypatch.setenv("STRIPE_API_KEY", KEY)
        main(["replay", SHOP, "--target", "test-mode", "--out", str(tmp_path / "arm"), "--customer", "cus_S0000000000002"])
        assert server.calls


@pytest.mark.parametrize(
    "base",
    [
        "https://api.stripe.com",
        "http://10.0.0.1",
        "https://example.test",
        "http://localhost.example.test",
        "http://u:p@127.0.0.1",
        "127.0.0.1:1",
    ],
)
def test_test_mode_is_stripes_or_this_machines(monkeypatch, base):
    monkeypatch.setenv("REPLAYER_TEST_MODE_BASE", base)
    with pytest.raises(Refused):
        resolve("test-mode")


def test_stripes_hosts_are_no_url_target():
    with pytest.raises(Refused):
        resolve("https://api.stripe.com")


def test_without_a_key_it_says_which_to_set(monkeypatch):
    with pytest.raises(InputError) as problem:
        resolve("test-mode", role="candidate").open("s")
    assert "STRIPE_API_KEY_CANDIDATE" in problem.value.hint


def test_each_arm_has_its_own_account(monkeypatch):
    from replayer.targets.keys import key_for

    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_all")
    monkeypatch.setenv("STRIPE_API_KEY_CANDIDATE", "rk_test_candidate")
    assert [key_for(role) for role in ("control", "candidate", "control-2")] == ["sk_test_all", "rk_test_candidate", "sk_test_all"]


def test_before_the_first_write_the_balance_must_say_that_it_is_not_live(monkeypatch):
    with standing_in(live=True) as server:
        with pytest.raises(Refused):
            opened(monkeypatch, server)
        assert server.calls == [("GET", "/v1/balance")]
    with standing_in() as server:
        opened(monkeypatch, server).close()
        assert server.calls == [("GET", "/v1/balance")]


def test_an_answer_that_says_that_it_is_live_stops_everything(monkeypatch):
    with standing_in(live_after=2) as server:
        session = opened(monkeypatch, server)
        assert session.send(made("k1")).status == 200
        with pytest.raises(Refused):
            session.send(made("k2"))
        session.close()


def test_a_server_that_is_not_there_is_a_target_error(monkeypatch):
    monkeypatch.setenv("REPLAYER_TEST_MODE_BASE", "http://127.0.0.1:9")
    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    monkeypatch.setattr(test_mode, "ATTEMPTS", 1)
    with pytest.raises(TargetError):
        resolve("test-mode").open("s")


# --- pace


def test_the_bucket_never_meets_the_limit_and_who_has_none_does(monkeypatch):
    with standing_in(rate=25) as server:
        # Arrivals jitter, by the eight that are under way at the most: a second of a bucket's calls and those stay below the limit.
        session = opened(monkeypatch, server, rate=12.0)
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(lambda n: session.send(made(f"k{n}")), range(40)))
        session.close()
        assert {outcome.status for outcome in outcomes} == {200}
        assert server.refused["rate_limit"] == 0
        test_mode._buckets.clear()
        session = opened(monkeypatch, server, rate=100_000.0)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: session.send(made(f"j{n}")), range(40)))
        session.close()
        assert server.refused["rate_limit"] > 0


def test_lock_time_outs_are_sent_again_and_execute_once(monkeypatch):
    with standing_in(rate=0, lock_every=3) as server:
        session = opened(monkeypatch, server)
        assert [session.send(made(f"k{n}")).status for n in range(6)] == [200] * 6
        session.close()
        assert server.refused["lock_timeout"] > 0
        keys = [key for _, key, _, _ in server.executed]
        assert len(keys) == len(set(keys)) == 6


def test_a_key_in_use_is_waited_for(monkeypatch):
    with standing_in(rate=0, latency=0.2) as server:
        session = opened(monkeypatch, server)
        barrier = threading.Barrier(2)

        def send(_):
            barrier.wait()
            return session.send(made("same"))

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(send, range(2))
        session.close()
        assert first.body["id"] == second.body["id"]
        assert server.refused["idempotency_key_in_use"] >= 1
        assert len(server.executed) == 1


# --- marks


def test_what_a_run_makes_bears_its_tag_and_no_answer_shows_it(monkeypatch):
    with standing_in(rate=0) as server:
        session = opened(monkeypatch, server, tag="abc123")
        answer = session.send(made("k1", metadata={"a": "1"}))
        assert answer.body["metadata"] == {"a": "1"}
        bare = opened(monkeypatch, server)
        read = bare.send(Request(method="GET", path=f"/v1/customers/{answer.body['id']}"))
        assert read.body["metadata"] == {"a": "1", "replayer_run": "abc123"}
        session.close()
        bare.close()


def test_chosen_ids_differ_between_arms_and_runs(monkeypatch):
    coupon = Request(method="POST", path="/v1/coupons", params={"id": "SUMMER", "percent_off": "10", "duration": "once"})
    with standing_in(rate=0) as server:
        ids = []
        for role, tag in (("control", "one"), ("candidate", "one"), ("control", "two")):
            session = opened(monkeypatch, server, role=role, tag=tag)
            ids.append(session.send(coupon).body["id"])
            session.close()
    assert len(set(ids)) == 3


# --- clocks


def test_a_customer_lives_on_a_clock_that_moves_with_the_recording(monkeypatch):
    with standing_in(rate=0) as server:
        session = opened(monkeypatch, server, tag="abc", clocks=True)
        customer = session.send(made("k1"), T)
        assert customer.body["test_clock"] is None
        (clock,) = server.clocks.values()
        assert (clock["frozen_time"], clock["name"]) == (int(T), "replayer abc")
        path = f"/v1/customers/{customer.body['id']}"
        session.send(Request(method="POST", path=path, params={"name": "B"}), T + 30)
        assert server.advances == []
        session.send(Request(method="POST", path=path, params={"name": "C"}), T + 3600)
        assert server.advances == [(clock["id"], int(T), int(T) + 3600)]
        session.send(Request(method="POST", path=path, params={"name": "D"}), T + 1800)
        assert len(server.advances) == 1
        session.close()


def test_a_clock_goes_at_most_two_intervals_at_a_time(monkeypatch):
    from replayer.model import Outcome
    from replayer.targets.clocks import Clocks

    sent, state = [], {"frozen_time": int(T), "status": "ready", "id": "clock_1"}

    def call(request):
        sent.append(request)
        if request.path.endswith("/advance"):
            state["frozen_time"] = int(request.params["frozen_time"])
        return Outcome(status=200, body=dict(state))

    clocks = Clocks(call, "t", sleep=lambda _: None)
    ready = clocks.prepare(made("k"), T)
    clocks.learn(ready, Outcome(status=200, body={"id": "cus_Aaaaaaaaaaaaa1", "object": "customer"}))
    subscribe = Request(method="POST", path="/v1/subscriptions", params={"customer": "cus_Aaaaaaaaaaaaa1"})
    clocks.learn(
        subscribe,
        Outcome(status=200, body={"id": "sub_Aaaaaaaaaaaaa1", "object": "subscription", "plan": {"interval": "day", "interval_count": 1}}),
    )
    clocks.prepare(Request(method="GET", path="/v1/subscriptions/sub_Aaaaaaaaaaaaa1"), T + 5 * 86_400)
    steps = [int(request.params["frozen_time"]) - int(T) for request in sent if request.path.endswith("/advance")]
    assert steps == [2 * 86_400, 4 * 86_400, 5 * 86_400]


def test_a_clock_that_fails_is_a_target_error(monkeypatch):
    from replayer.model import Outcome
    from replayer.targets.clocks import Clocks

    def call(request):
        return Outcome(
            status=200, body={"id": "clock_1", "frozen_time": int(T), "status": "ready" if request.method == "POST" else "internal_failure"}
        )

    clocks = Clocks(call, "t", sleep=lambda _: None)
    clocks.learn(clocks.prepare(made("k"), T), Outcome(status=200, body={"id": "cus_Aaaaaaaaaaaaa1", "object": "customer"}))
    with pytest.raises(TargetError):
        clocks.prepare(Request(method="GET", path="/v1/customers/cus_Aaaaaaaaaaaaa1"), T + 3600)


def test_proxy_variables_divert_nothing(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with standing_in() as server:
        session = opened(monkeypatch, server)
        assert session.send(made("k")).status == 200
        session.close()
