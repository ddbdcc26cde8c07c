"""mitmproxy's flow files, written by mitmproxy itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from replayer.capture.importers import Problem, import_paths
from replayer.capture.importers.mitmproxy_flows import MitmproxyFlows
from replayer.capture.store import open_capture
from replayer.model import Exchange, InputError, Outcome

pytest.importorskip("mitmproxy.version")
REPOSITORY = Path(__file__).parents[3]

# In a process of its own: mitmproxy warns at import, and warnings are errors here.
WRITE = """
import sys
from mitmproxy import connection, flow, http, io
from mitmproxy.test import tflow, tutils
with open(sys.argv[1], "wb") as file:
    writer = io.FlowWriter(file)
    for number in range(3):
        one = tflow.tflow(req=tutils.treq(host="api.stripe.com", port=443, scheme=b"https", authority=b"", method=b"POST", path=b"/v1/charges?expand[]=customer",
            content=b"amount=%d" % number, headers=http.Headers([(b"Content-Type", b"application/x-www-form-urlencoded"), (b"Stripe-Version", b"2020-08-27"),
            (b"Authorization", b"Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc")])), resp=tutils.tresp(content=b'{"id": "ch_A1b2C3d4"}'))
        if number == 2:
            one.error, one.response = flow.Error("Client disconnected."), None
        writer.add(one)
    writer.add(tflow.ttcpflow())
"""


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("flows") / "traffic.flows"
    subprocess.run([sys.executable, "-c", WRITE, file], check=True, timeout=30)
    return file


def test_flows_become_exchanges_and_an_error_is_an_unknown_outcome(flows: Path) -> None:
    assert MitmproxyFlows().recognises(flows, flows.read_bytes()[:100])
    first, _, failed = MitmproxyFlows(lambda key: "f").read(flows)
    assert isinstance(first, Exchange)
    assert isinstance(failed, Exchange)
    assert (first.request.method, first.request.path) == ("POST", "/v1/charges")
    assert first.request.params == {"expand": ["customer"], "amount": "0"}
    assert first.request.caller == "sk_test:f"
    assert first.outcome.status == 200
    assert first.outcome.body == {"id": "ch_A1b2C3d4"}
    assert first.at == 946681200
    assert first.duration == 3
    assert failed.outcome == Outcome(error="client time-out")


def test_a_torn_file_yields_its_good_flows_first(flows: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn.flows"
    torn.write_bytes(flows.read_bytes()[: flows.stat().st_size // 2])
    found: list[Exchange | Problem] = []
    with pytest.raises(InputError) as error:
        found.extend(MitmproxyFlows().read(torn))
    summary = import_paths([torn], tmp_path / "out")
    assert ":byte " in (error.value.place or "")
    assert summary.exchanges == len(open_capture(tmp_path / "out")) == 1
    assert summary.problems[0].startswith("torn.flows:byte ")


def test_without_mitmproxy_the_file_is_a_problem_that_says_what_to_install(flows: Path, tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['mitmproxy'] = None\n"
        "from pathlib import Path; from replayer.capture.importers import import_paths\n"
        "print(import_paths([Path(sys.argv[1])], Path(sys.argv[2])).problems)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, flows, tmp_path / "out"], capture_output=True, text=True, cwd=REPOSITORY, timeout=30
    )
    assert "mitmproxy is not installed (pip install 'replayer[record]')" in done.stdout, done.stderr


def test_the_importers_are_loaded_without_loading_mitmproxy_or_yaml() -> None:
    program = (
        "import sys, replayer.capture.importers as i; i.default_importers(); print(sorted({'mitmproxy', 'ruamel.yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=REPOSITORY, timeout=30)
    assert done.stdout.strip() == "[]", done.stderr
