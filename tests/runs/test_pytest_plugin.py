"""Scenarios as tests of a user's own suite."""

import textwrap

from tests.conftest import ROOT

pytest_plugins = ["pytester"]
SCENARIO = f"capture: {ROOT}/captures/demo-shop\ncandidate: candidate.py\naccept_origin: true\n"


def write(pytester, candidate, extra=""):
    folder = pytester.mkdir("scenario")
    (folder / "scenario.yaml").write_text(SCENARIO + extra)
    (folder / "candidate.py").write_text(textwrap.dedent(candidate))


def test_a_scenario_that_ends_as_intended_passes(pytester):
    write(
        pytester,
        "def rewrite(call):\n    return call.with_param('metadata[x]', 'y') if call.operation == 'POST /v1/customers' else call\n",
        "expect: {calls: all}\n",
    )
    pytester.runpytest_subprocess("scenario").assert_outcomes(passed=1)


def test_a_scenario_that_diverges_fails_with_the_report(pytester):
    write(pytester, "def rewrite(call):\n    return call.drop() if call.operation == 'POST /v1/refunds' else call\n")
    result = pytester.runpytest_subprocess("scenario")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*call.missing*POST /v1/refunds*", "*========== divergence*"])


def test_a_mistake_in_a_scenario_is_named(pytester):
    write(pytester, "def rewrite(call):\n    return call\n", "gate: []\n")
    result = pytester.runpytest_subprocess("scenario")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*scenario.yaml:4:1*", "*gates*"])
