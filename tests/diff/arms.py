"""Small captures made by hand: a recording and its two arms."""

import msgspec

from replayer.capture.store import Writer, open_capture
from replayer.diff.expect import ACCEPT_CALLS, Expectation
from replayer.model import Arm, Claims, Manifest, Outcome, Parent
from replayer.runs.run import RunSpec, judge_captures


def live(recorded, *, body=..., params=..., status=..., disposition="sent", reason=None, effects=None, origins=None, **request):
    """What an arm made of a recorded exchange: the same, but for what is given."""
    outcome = Outcome(
        status=recorded.outcome.status if status is ... else status,
        body=recorded.outcome.body if body is ... else body,
        effects=effects,
        origins=origins,
    )
    if disposition != "sent":
        outcome = Outcome(error=reason)
    changed = msgspec.structs.replace(recorded.request, **({} if params is ... else {"params": params}), **request)
    return msgspec.structs.replace(
        recorded, id="", request=changed, outcome=outcome, replayed_from=recorded.id, disposition=disposition, reason=reason
    )


def judge(
    tmp_path, recorded, control=None, candidate=None, *, claims=None, target="simulator", origin="api.stripe.com", expect=False,
    origin_sets=None, second=None, accept_origin=False, gates=(), money=(), noise=(),
):  # fmt: skip
    """The verdict over hand-made arms; by default both made every recorded call and got the recorded answers."""
    with Writer(tmp_path / "r", Manifest(origin=origin)) as writer:
        for exchange in recorded:
            writer.append(exchange)
    parent = Parent("../r", open_capture(tmp_path / "r").digest())
    control = [live(exchange) for exchange in recorded] if control is None else control
    arms = {"c": control, "k": control if candidate is None else candidate} | ({"s": second} if second is not None else {})
    for name, calls in arms.items():
        arm = Arm(role=name, target=target, clock=target == "simulator", claims=claims or {}, candidate="x.py")
        with Writer(tmp_path / name, Manifest(origin=target, parent=parent, arm=arm, origin_sets=origin_sets or {})) as writer:
            for call in calls:
                writer.append(call)
            for line in money:
                writer.money(line)
    spec = RunSpec(
        capture=tmp_path / "r",
        out=tmp_path,
        accept_origin=accept_origin,
        gates=tuple(gates),
        expectation=ACCEPT_CALLS if expect else Expectation(),
    )
    return judge_captures(spec, tmp_path / "c", tmp_path / "k", tmp_path / "s" if second is not None else None, noise=noise)


COMPUTED = {
    "POST /v1/payment_intents": Claims(
        computed=["amount", "currency", "confirm", "customer", "payment_method"], inert={"metadata": "doc", "description": "doc"}
    ),
    "POST /v1/payment_intents/{payment_intent}/confirm": Claims(computed=["payment_method"]),
    "POST /v1/refunds": Claims(computed=["amount", "payment_intent"], inert={"metadata": "doc"}),
    "POST /v1/customers": Claims(computed=["balance"], inert={"metadata": "doc", "email": "doc"}),
}
