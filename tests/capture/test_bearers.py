"""No bearer of an answer is written down, whatever server gave it."""

from replayer.capture.bearers import without_bearers
from replayer.capture.store import open_capture
from replayer.model import Outcome
from replayer.runs import RunSpec, execute
from replayer.simulator import Simulator
from tests.make import exchange
from tests.proof.corpus import write
from tests.runs.test_conform import served

WHSEC = "whsec_TheRealSigningSecret000001"


def test_bearers_become_a_constant_and_everything_else_stays():
    body = {
        "id": "we_1A", "secret": WHSEC, "url": "https://a.example/hook", "amount": 5, "metadata": {"note": f"key {WHSEC}"},
        "nested": [{"client_secret": "pi_1Abcdefghijklmnopqrstuvwx_secret_Real"}],
    }  # fmt: skip
    kept = without_bearers(Outcome(status=200, body=body)).body
    assert kept == {
        **body, "secret": "~secret", "metadata": {"note": "~secret"},
        "nested": [{"client_secret": "pi_1Abcdefghijklmnopqrstuvwx_secret_~secret"}],
    }  # fmt: skip
    assert without_bearers(Outcome(status=200, text=f"it is {WHSEC}")).text == "~secret"
    assert without_bearers(Outcome(error="reset")) == Outcome(error="reset")


class Telling(Simulator):
    """A server that answers a signing secret, as Stripe does once."""

    def send(self, request, *, key="sk_test_simulator", at=None):
        return Outcome(status=200, body={"id": "we_1Live00000001", "object": "webhook_endpoint", "livemode": False, "secret": WHSEC})


def test_the_arms_of_a_run_on_another_server_hold_none(tmp_path):
    hook = {"url": "https://a.example", "enabled_events": ["*"]}
    capture = write(
        tmp_path / "c", [exchange(1, "POST", "/v1/webhook_endpoints", hook, {"id": "we_1Rec000000001", "secret": "~secret"})], []
    )
    with served(Telling()) as url:
        list(execute(RunSpec(capture=capture, out=tmp_path / "run", target=url)))
    assert len(open_capture(tmp_path / "run" / "control")) == 1
    assert [file for file in (tmp_path / "run").rglob("*") if file.is_file() and WHSEC.encode() in file.read_bytes()] == []
