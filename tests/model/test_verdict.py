"""Exit codes: what scripts rely on, whatever gates and word come together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.model import CandidateInfo, Control, Exchanges, Gate, Judged, Verdict
from replayer.model.verdict import EXIT_CODES

WORDS = ("match", "as_intended", "divergence", "unknown", "empty")
GATES = st.lists(st.builds(Gate, gate=st.just("g"), passed=st.booleans(), kind=st.sampled_from(["divergence", "judged"])), max_size=3)


def code(word, *gates):
    return Verdict(verdict=word, exchanges=Exchanges(), control=Control(), judged=Judged(), findings=[], money={}, effects={},
                   gates=list(gates), capture="c", origin="api.stripe.com", target="simulator", candidate=CandidateInfo()).exit_code  # fmt: skip


def failed(kind):
    return Gate(gate="g", passed=False, kind=kind)


def test_every_word_has_its_code():
    assert {word: code(word) for word in WORDS} == EXIT_CODES == {"match": 0, "as_intended": 0, "divergence": 1, "unknown": 3, "empty": 5}


@pytest.mark.parametrize(
    ("word", "gates", "expected"),
    [
        ("match", ["divergence"], 1),
        ("match", ["judged"], 3),
        ("as_intended", ["judged", "divergence"], 1),
        ("unknown", ["divergence"], 1),
        ("unknown", ["judged"], 3),
        ("divergence", ["judged"], 1),
        ("empty", ["divergence", "judged"], 5),
    ],
)
def test_a_gate_that_fails_makes_no_verdict_better(word, gates, expected):
    assert code(word, *map(failed, gates)) == expected


@given(st.sampled_from(WORDS), GATES)
def test_only_a_green_word_with_all_gates_passed_ends_in_0(word, gates):
    assert (code(word, *gates) == 0) == (word in ("match", "as_intended") and all(gate.passed for gate in gates))
