"""Faults that a naive comparison of answers calls equal: what DeepDiff with usual settings says of them, and what the verdict does.

Usual settings are those that people reach for to get rid of noise: order is ignored, and so are ids, times, and the difference between
number types; tried one by one beside all of them together.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from deepdiff import DeepDiff

from replayer.model import Claims, Effect, Exchange, Verdict
from tests.diff.arms import judge, live
from tests.make import exchange

CUSTOMER, INVOICE = "cus_Silent00000001", "in_1Silent0000000000000001"
_CHARGE = {"id": "ch_1Silent0000000000000001", "object": "charge", "amount": 2000, "currency": "usd", "paid": True, "customer": CUSTOMER}
_LINE = {"id": "il_1Silent0000000000000001", "object": "line_item", "amount": 1050, "currency": "usd", "quantity": 1, "proration": False}
ANSWER: dict[str, Any] = {
    "id": INVOICE,
    "object": "invoice",
    "customer": CUSTOMER,
    "currency": "usd",
    "total": 2100,
    "unit_amount_decimal": "1050.004",
    "auto_advance": True,
    "due_date": 1_798_761_600,
    "lines": {"object": "list", "data": [{**_LINE}, {**_LINE, "id": "il_1Silent0000000000000002", "description": "Seats"}]},
    "charges": {"object": "list", "data": [{**_CHARGE}]},
    "total_discount_amounts": [{"amount": 100, "discount": "di_1Silent0000000000000001"}],
}
EFFECTS = [Effect("event", "invoice.finalized", INVOICE, customer=CUSTOMER), Effect("event", "invoice.paid", INVOICE, customer=CUSTOMER)]
_USUAL: dict[str, dict[str, Any]] = {
    "order ignored": {"ignore_order": True},
    "ids and times left out": {"exclude_regex_paths": [re.compile(r"\['(id|created|due_date|\w+_at)'\]")]},
    "two significant digits": {"significant_digits": 2, "ignore_numeric_type_changes": True},
    "types ignored": {"ignore_type_in_groups": [(int, bool, str, float)], "ignore_numeric_type_changes": True},
}
_USUAL["all of them"] = {name: value for one in list(_USUAL.values()) for name, value in one.items()}


class Fault(msgspec.Struct, frozen=True):
    """What a wrong implementation does: to the answer (in place), or to the effects that the target tells of."""

    name: str
    answer: Callable[[dict[str, Any]], Any] | None = None
    effects: list[Effect] | None = None


def _gone(answer: dict[str, Any]) -> None:
    del answer["lines"]["data"][1]["description"]


FAULTS = [
    Fault("a charge twice in a list", lambda answer: answer["charges"]["data"].append({**_CHARGE})),
    Fault("a second charge under an id of its own", lambda answer: answer["charges"]["data"].append({**_CHARGE, "id": "ch_1Silent0000000000000002"})),
    Fault("a cent of rounding", lambda answer: answer.update(total=2101)),
    Fault("a fraction of a cent in a decimal", lambda answer: answer.update(unit_amount_decimal="1050.0041")),
    Fault("1 for true", lambda answer: answer.update(auto_advance=1)),
    Fault("text for a number", lambda answer: answer.update(total="2100")),
    Fault("a field gone from one element", _gone),
    Fault("an element's field null", lambda answer: answer["lines"]["data"][1].update(description=None)),
    Fault("a list empty", lambda answer: answer.update(total_discount_amounts=[])),
    Fault("two lines changed places", lambda answer: answer["lines"]["data"].reverse()),
    Fault("a deadline moved by a day", lambda answer: answer.update(due_date=answer["due_date"] + 86_400)),
    Fault("events in another order", effects=EFFECTS[::-1]),
    Fault("an event told twice", effects=[*EFFECTS, EFFECTS[1]]),
    Fault("an event told of another customer", effects=[EFFECTS[0], Effect("event", "invoice.paid", INVOICE, customer="cus_Other000000001")]),
]  # fmt: skip


def recorded() -> Exchange:
    """A call whose answer the faults are put into."""
    return exchange(1, "POST", f"/v1/invoices/{INVOICE}/pay", {"off_session": "true"}, copy.deepcopy(ANSWER))


def faulty(fault: Fault) -> dict[str, Any]:
    """The answer with the fault in it."""
    answer = copy.deepcopy(ANSWER)
    if fault.answer is not None:
        fault.answer(answer)
    return answer


def verdict_of(fault: Fault, folder: Path) -> Verdict:
    """What the verdict is where the candidate's arm has the fault, on a target that computes what was sent."""
    call = recorded()
    claims = {"POST /v1/invoices/{invoice}/pay": Claims(computed=["off_session"])}
    changed = {"off_session": "false"}
    control = live(call, effects=EFFECTS)
    candidate = live(call, params=changed, body=faulty(fault), effects=fault.effects or EFFECTS)
    return judge(folder, [call], [control], [candidate], claims=claims, expect=True)


def equal_for_deepdiff(fault: Fault) -> list[str]:
    """The usual settings under which DeepDiff sees no difference; effects it is given as the list of their names."""
    one, other = (ANSWER, faulty(fault)) if fault.effects is None else (_told(EFFECTS), _told(fault.effects))
    return [name for name, settings in _USUAL.items() if not DeepDiff(one, other, **settings)]


def _told(effects: list[Effect]) -> list[dict[str, Any]]:
    return [{"type": effect.object, "about": effect.id} for effect in effects]
