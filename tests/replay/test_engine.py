"""Replay: bindings, keys, drops, skips; against a target with canned answers."""

from replayer.candidates import load_rewrite
from replayer.capture.store import Writer, open_capture
from replayer.model import Manifest, Outcome
from replayer.replay.engine import Arm
from replayer.targets import FakeTarget
from tests.make import customer, exchange

CUS, LIVE = "cus_Rrrrrrrrrrr001", "cus_Lllllllllll001"
RECORDED = [
    exchange(1, "POST", "/v1/customers", {"email": "a@b.example"}, customer(CUS), key="k1"),
    exchange(2, "POST", f"/v1/customers/{CUS}", {"name": "A"}, customer(CUS), key="k2"),
    exchange(3, "GET", f"/v1/customers/{CUS}", body=customer(CUS)),
]
ANSWERS = {
    "POST /v1/customers": Outcome(status=200, body=customer(LIVE)),
    f"POST /v1/customers/{LIVE}": Outcome(status=200, body=customer(LIVE)),
    f"GET /v1/customers/{LIVE}": Outcome(status=200, body=customer(LIVE)),
}


def replay(tmp_path, recorded=RECORDED, answers=ANSWERS, *, candidate=None, role="control", seed="seed"):
    if not (tmp_path / "r").exists():
        with Writer(tmp_path / "r", Manifest()) as writer:
            for item in recorded:
                writer.append(item)
    rewrite = None
    if candidate:
        (tmp_path / "c.py").write_text(candidate)
        rewrite = load_rewrite(tmp_path / "c.py")
    target = FakeTarget(answers)
    number = len(list(tmp_path.iterdir()))
    with Writer(tmp_path / f"arm-{number}", Manifest()) as writer:
        arm = Arm(open_capture(tmp_path / "r"), target, writer, role=role, seed=seed, candidate=rewrite)
        assert sum(arm.replay("s")) == len(recorded)
    return target, list(open_capture(tmp_path / f"arm-{number}").exchanges()), arm


def test_what_an_answer_is_called_now_is_used_from_then_on(tmp_path):
    target, made, _ = replay(tmp_path)
    assert [request.path for _, request in target.sent] == ["/v1/customers", f"/v1/customers/{LIVE}", f"/v1/customers/{LIVE}"]
    assert [call.replayed_from for call in made] == ["x1", "x2", "x3"]


def test_keys_are_derived_equal_where_the_recorded_ones_were(tmp_path):
    twice = [RECORDED[0], exchange(2, "POST", "/v1/customers", {"email": "a@b.example"}, customer(CUS), key="k1"), RECORDED[2]]
    target, _, _ = replay(tmp_path, twice)
    first, second, read = (request.idempotency_key for _, request in target.sent)
    assert first == second != "k1"
    assert read is None
    other, _, _ = replay(tmp_path, twice, role="candidate")
    assert other.sent[0][1].idempotency_key != first
    again, _, _ = replay(tmp_path, twice, seed="another")
    assert again.sent[0][1].idempotency_key != first


def test_a_scrubbers_constant_key_makes_no_two_calls_one(tmp_path):
    scrubbed = [RECORDED[0], exchange(2, "POST", "/v1/customers", {"email": "c@d.example"}, customer(CUS), key="k1"), RECORDED[2]]
    target, _, _ = replay(tmp_path, scrubbed)
    assert target.sent[0][1].idempotency_key != target.sent[1][1].idempotency_key


def test_a_call_that_the_candidate_adds_has_a_key_of_its_own(tmp_path):
    target, made, arm = replay(tmp_path, candidate="def rewrite(call):\n    return [call, call] if call.method == 'POST' else call\n")
    keys = [request.idempotency_key for _, request in target.sent if request.method == "POST"]
    assert len(set(keys)) == len(keys) == 4
    assert arm.counts.changed == 2
    assert len(made) == 5


def test_a_call_with_an_unbound_id_is_not_sent(tmp_path):
    failed = {**ANSWERS, "POST /v1/customers": Outcome(status=402, body={"error": {"type": "card_error"}})}
    target, made, _ = replay(tmp_path, answers=failed)
    assert len(target.sent) == 1
    assert [(call.disposition, call.reason) for call in made[1:]] == [("skipped", f"unbound: {CUS}")] * 2


def test_a_dropped_call_is_noted_and_what_needs_it_is_skipped(tmp_path):
    target, made, arm = replay(tmp_path, candidate="def rewrite(call):\n    return call.drop() if call.path == '/v1/customers' else call\n")
    assert [call.disposition for call in made] == ["dropped", "skipped", "skipped"]
    assert target.sent == []
    assert arm.counts.changed == 1


def test_a_rewrite_that_raises_is_noted_with_its_exchange_and_the_rest_goes_on(tmp_path):
    _, made, _ = replay(
        tmp_path, candidate="def rewrite(call):\n    if 'name' in call.params:\n        raise KeyError('plan')\n    return call\n"
    )
    assert [call.disposition for call in made] == ["sent", "raised", "sent"]
    assert "c.py:3: KeyError" in made[1].reason
    assert "x2" in made[1].reason


def test_a_candidate_that_returns_the_call_changes_none(tmp_path):
    reorder = "def rewrite(call):\n    return call.with_params(**dict(reversed(call.params.items())))\n"
    for text in ("def rewrite(call):\n    return call\n", reorder):
        assert replay(tmp_path, candidate=text)[2].counts.changed == 0


def test_what_a_recorded_id_stands_for_is_used_by_later_calls(tmp_path):
    text = (
        "def rewrite(call):\n"
        "    if call.operation == 'POST /v1/customers':\n"
        "        answer = yield call.instead('POST /v1/products', name='x')\n"
        f"        call.replaced_by(answer, {{call.recorded['id']: {LIVE!r}}})\n"
        "    else:\n"
        "        yield call\n"
    )
    target, made, _ = replay(
        tmp_path, answers={**ANSWERS, "POST /v1/products": Outcome(status=200, body={"id": "prod_1", "object": "product"})}, candidate=text
    )
    assert [request.path for _, request in target.sent] == ["/v1/products", f"/v1/customers/{LIVE}", f"/v1/customers/{LIVE}"]
    assert made[1].disposition == "sent"
    assert made[0].stands_for == {CUS: LIVE}


def test_an_id_that_was_bound_by_hand_is_replaced_from_the_start(tmp_path):
    with Writer(tmp_path / "r", Manifest()) as writer:
        writer.append(exchange(1, "GET", f"/v1/customers/{CUS}", body=customer(CUS, created=1)))
    target = FakeTarget(ANSWERS)
    with Writer(tmp_path / "arm", Manifest()) as writer:
        list(Arm(open_capture(tmp_path / "r"), target, writer, role="control", seed="s", bind={CUS: LIVE}).replay("s"))
    assert [request.path for _, request in target.sent] == [f"/v1/customers/{LIVE}"]


def test_the_chains_memory_lives_as_long_as_the_chain(tmp_path):
    text = (
        "def rewrite(call):\n    call.chain['n'] = call.chain.get('n', 0) + 1\n    return call.with_param('metadata[n]', call.chain['n'])\n"
    )
    target, _, _ = replay(tmp_path, candidate=text)
    assert [request.params["metadata"]["n"] for _, request in target.sent] == ["1", "2", "3"]


def test_a_body_that_was_not_kept_is_not_sent_again(tmp_path):
    import msgspec

    upload = exchange(1, "POST", "/v1/files", body={"id": "file_Rrrrrrrrrrr001", "object": "file"})
    upload = msgspec.structs.replace(upload, request=msgspec.structs.replace(upload.request, kept=False))
    _, made, _ = replay(tmp_path, [upload])
    assert (made[0].disposition, "not kept" in made[0].reason) == ("skipped", True)
