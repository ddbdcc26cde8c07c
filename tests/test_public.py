"""What is public, and what it takes to import it: neither mitmproxy nor the official SDK."""

import importlib
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PUBLIC = {
    "replayer": ["__version__"],
    "replayer.candidates": ["Answer", "Call", "Candidate", "CandidateError", "Drop", "Rewrite", "Unchanged", "load_rewrite"],
    "replayer.capture": None,
    "replayer.capture.importers": ["Importer", "Problem", "Summary", "default_importers", "import_paths"],
    "replayer.capture.stimuli": ["Stimuli", "check_stimuli", "dump_stimuli", "follows", "infer", "merged", "place_of", "stimuli_of", "with_stimuli"],
    "replayer.cli": ["COMMANDS", "main"],
    "replayer.diff": None,
    "replayer.model": [
        "ORIGIN_STRIPE", "Amounts", "Arm", "ArmFinished", "ArmLedger", "ArmStarted", "Assumed", "BaselineObject", "Bill", "BillLine", "Bills", "CandidateInfo", "CannotJudge", "Claims", "Control", "CustomerMoney",
        "DamagedCapture", "Disposition", "Divergence", "Effect", "Exchange", "Exchanges", "Finding", "Gate", "InputError", "Judged",
        "Judgement", "Lane", "Manifest", "Money", "NextBill", "Noise", "NoiseRule", "NothingSelected", "Outcome", "Parent", "Progress", "Provenance", "Reckoning", "Refused", "Replayed",
        "ReplayerError", "Request", "SendLag", "Source", "TargetError", "Unstorable", "Verdict", "VerdictWord", "World",
    ],
    "replayer.record": ["Settings", "record"],
    "replayer.replay": None,
    "replayer.report": None,
    "replayer.runs": ["RunSpec", "execute", "load_scenario", "reopen"],
    "replayer.simulator": ["Simulator"],
    "replayer.stripeapi": ["Catalogue", "Field", "Operation", "Param", "catalogue"],
    "replayer.targets": ["FakeTarget", "Session", "Target", "resolve"],
}  # fmt: skip

BLOCKED = """
import importlib, sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("mitmproxy", "stripe"):
            raise ModuleNotFoundError(f"{name} is blocked", name=name)
sys.meta_path.insert(0, Block())
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def modules():
    """Every module of the package, by its dotted name."""
    for file in sorted((ROOT / "replayer").rglob("*.py")):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if not name.endswith("__main__"):
            yield name


def test_every_package_is_pinned():
    packages = {".".join(file.parent.relative_to(ROOT).parts) for file in (ROOT / "replayer").rglob("__init__.py")}
    assert packages == set(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_package_offers_what_it_says_and_no_more(name):
    package = importlib.import_module(name)
    assert getattr(package, "__all__", None) == PUBLIC[name]
    assert all(hasattr(package, item) for item in PUBLIC[name] or ())
    assert package.__doc__


def test_everything_is_imported_without_mitmproxy_and_stripe():
    done = subprocess.run([sys.executable, "-c", BLOCKED, *modules()], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_block_blocks():
    done = subprocess.run([sys.executable, "-c", BLOCKED, "stripe"], capture_output=True, text=True, check=False)
    assert "stripe is blocked" in done.stderr
