"""A candidate that is Python: plain and generator rewrites, and their mistakes."""

import pytest

from replayer.candidates import Answer, Call, CandidateError, Drop, load_rewrite
from replayer.model import InputError, Outcome, Request


def rewrite(tmp_path, text):
    file = tmp_path / "candidate.py"
    file.write_text(text)
    return load_rewrite(file)


def make(candidate, operation="POST /v1/charges"):
    method, path = operation.split()
    call = Call(Request(method=method, path=path, params={"amount": "100"}), operation, recorded={"id": "ch_1"}, chain={})
    made, answer = [], None
    dialogue = candidate.calls(call)
    while True:
        try:
            item = dialogue.send(answer)
        except StopIteration:
            return made, call
        made.append(item)
        answer = None if isinstance(item, Drop) else Answer(Outcome(status=200, body={"id": "pi_2", "latest_charge": "ch_2"}))


def test_a_plain_rewrite_returns_the_call_a_list_or_a_drop(tmp_path):
    made, _ = make(rewrite(tmp_path, "def rewrite(call):\n    return [call, call.with_params(amount=200)]\n"))
    assert [item.params["amount"] for item in made] == ["100", "200"]
    made, _ = make(rewrite(tmp_path, "def rewrite(call):\n    return call.drop()\n"))
    assert isinstance(made[0], Drop)


@pytest.mark.parametrize("value", ["None", "[]", "'call'", "[call, None]", "call.params"])
def test_what_is_no_call_is_an_error_that_names_the_file(tmp_path, value):
    with pytest.raises(CandidateError) as error:
        make(rewrite(tmp_path, f"def rewrite(call):\n    return {value}\n"))
    assert "candidate.py" in str(error.value)


def test_a_forgotten_return_does_not_drop_the_call(tmp_path):
    with pytest.raises(CandidateError) as error:
        make(rewrite(tmp_path, "def rewrite(call):\n    call.with_params(amount=1)\n"))
    assert "return" in error.value.hint


def test_what_the_rewrite_raises_names_file_and_line(tmp_path):
    with pytest.raises(CandidateError, match=r"candidate\.py:2: ZeroDivisionError"):
        make(rewrite(tmp_path, "def rewrite(call):\n    return 1 / 0\n"))


def test_a_generator_gets_answers_and_says_what_ids_stand_for(tmp_path):
    text = (
        "def rewrite(call):\n"
        "    answer = yield call.instead('POST /v1/payment_intents', amount=call.params['amount'], currency='usd')\n"
        "    call.replaced_by(answer, {call.recorded['id']: answer.json['latest_charge']})\n"
    )
    made, call = make(rewrite(tmp_path, text))
    assert made[0].operation == "POST /v1/payment_intents"
    assert call.stands_for == {"ch_1": "ch_2"}


@pytest.mark.parametrize(
    "body", ["    return call\n    yield call", "    if False:\n        yield call", "    yield call.drop\n", "    yield None"]
)
def test_a_generators_mistakes_are_errors(tmp_path, body):
    with pytest.raises(CandidateError):
        make(rewrite(tmp_path, f"def rewrite(call):\n{body}\n"))


def test_a_generator_may_drop(tmp_path):
    made, _ = make(rewrite(tmp_path, "def rewrite(call):\n    yield call.drop()\n"))
    assert isinstance(made[0], Drop)


@pytest.mark.parametrize(
    ("text", "says"), [("def rewrite(call:\n", "not Python"), ("import nothing_there\n", "cannot be loaded"), ("x = 1\n", "no function")]
)
def test_a_file_that_is_no_candidate_is_named(tmp_path, text, says):
    with pytest.raises(InputError, match=says):
        rewrite(tmp_path, text)


def test_comparing_with_what_is_no_operation_is_an_error_in_the_candidate(tmp_path):
    with pytest.raises(CandidateError) as error:
        make(rewrite(tmp_path, "def rewrite(call):\n    return call if call.operation == 'POST /v1/charge' else call.drop()\n"))
    assert "POST /v1/charges" in error.value.hint


@pytest.mark.parametrize("text", ["import sys\nsys.exit(0)\n", "import sys\ndef rewrite(call):\n    sys.exit(0)\n"])
def test_a_candidate_cannot_end_the_run(tmp_path, text):
    with pytest.raises((InputError, CandidateError)):
        make(rewrite(tmp_path, text))


def test_an_operation_is_no_key_of_a_set_or_dict(tmp_path):
    with pytest.raises(CandidateError, match="unhashable"):
        make(rewrite(tmp_path, "def rewrite(call):\n    return call if call.operation in {'POST /v1/charges'} else call.drop()\n"))
