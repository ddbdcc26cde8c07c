"""The plan: what a run would do, said before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec

from replayer.candidates import Answer, Call, Candidate, CandidateError, Unchanged
from replayer.capture.chains import chain_table, named_ids
from replayer.capture.recorded_money import Ledger
from replayer.capture.reread import reader
from replayer.capture.retries import Retries
from replayer.capture.stimuli import Stimuli, stimuli_of
from replayer.capture.store import Capture
from replayer.capture.stored_baseline import baseline_of
from replayer.model import Claims, Exchange, Outcome
from replayer.replay.engine import same_call
from replayer.replay.off_camera import unable, with_supplied
from replayer.stripeapi.forms import flatten, fold
from replayer.stripeapi.ids import ids_in, type_hint
from replayer.stripeapi.operations import match
from replayer.stripeapi.params import competence
from replayer.stripeapi.testdata import is_documented_test_value
from replayer.targets import Target


class Plan(msgspec.Struct, kw_only=True):
    """What a run would do.

    `calls` by arm. `ids` counts what calls name: `made` by the capture's own calls, `bound` by hand, rule or map, `seeded`: in the baseline
    with a state, laid under the simulator, made by `replayer seed` elsewhere, `unbound`: known by name only. `created` counts by type what
    the control's arm makes. `seconds` is how long all arms take at the rate limit, null where there is none.
    `judged` are shares, from 0 to 1 (`money` null where none moved), of the calls that differ or could, by this target; `why_not` counts
    the calls that it cannot judge, by reason. `changed` counts the candidate's changed calls, `raised` those on which it fails,
    `unrehearsed` those whose later calls need an answer that is not known before the run. `stimuli` counts what was done off camera: `done`
    again in both arms, or `not done`, for the target cannot or nobody can tell what it was; `waiting` are the payments and pages that
    nobody is seen to confirm or complete.
    """

    target: str
    calls: dict[str, int]
    ids: dict[str, int]
    judged: dict[str, float | None]
    why_not: dict[str, int]
    changed: int = 0
    raised: list[str] = []
    unrehearsed: int = 0
    created: dict[str, int] = {}
    seconds: float | None = None
    stimuli: dict[str, int] = {}
    waiting: list[str] = []


class Planner:
    """Plans a capture source by source; what grows is an index of ids."""

    def __init__(self, target: Target, candidate: Candidate | None, chosen: set[str] | None = None, bound: Collection[str] = ()) -> None:
        self.target = target
        self.bound = frozenset(bound)
        self.created: Counter[str] = Counter()
        self._lost: set[str] = set()
        self.candidate = candidate or Unchanged()
        self.chosen = chosen
        self.calls: Counter[str] = Counter(control=0, candidate=0)
        self.ids: Counter[str] = Counter(made=0, bound=0, seeded=0, unbound=0)
        self.why_not: Counter[str] = Counter()
        self.money: Counter[str] = Counter()
        self.judged_money: Counter[str] = Counter()
        self.judged = 0
        self.changed = 0
        self.raised: list[str] = []
        self.unrehearsed = 0
        self.stimuli: Counter[str] = Counter()
        self.waiting: list[str] = []
        self._memory: dict[int, dict[str, Any]] = {}
        self._chain: Callable[[str], int] = lambda _: 0
        self._claims: dict[str, Claims] = {}

    def _off_camera(self, stimuli: Stimuli) -> None:
        for act in stimuli.acts:
            can = act.disposition == "sent" and unable(self.target, act) is None
            self.stimuli["done" if can else "not done"] += 1
        self.waiting += stimuli.waiting

    def source(self, capture: Capture, source: str, stimuli: Path | None = None) -> None:
        """Plan one source; `stimuli` is a file of what was done off camera, null: what the source shows."""
        read = reader(capture, source)
        retries = Retries(read())
        acts = stimuli_of(source, read, stimuli)
        self._off_camera(acts)
        baseline, ledger = {item.id: item.provenance for item in with_supplied(baseline_of(capture, source, read), acts)}, Ledger()
        named: set[str] = set()
        self._lost = (
            set() if self.target.holds_baseline else {name for name in baseline.keys() - self.bound if not is_documented_test_value(name)}
        )
        if not isinstance(self.candidate, Unchanged):
            places, chains = chain_table(read())
            self._memory, self._chain = {}, lambda name: chains.of(places[name])
        for exchange in retries.logical(read()):
            moved = ledger.add(exchange)
            if self.chosen is not None and exchange.id not in self.chosen:
                continue
            self.calls["control"] += 1
            named.update(identifier for identifier, _ in named_ids(exchange.request))
            reason = self._cut_off(exchange) or self._reason(exchange)
            self.judged += reason is None
            if reason is not None:
                self.why_not[reason] += 1
            for effect in moved:
                if effect.currency:
                    self.money[effect.currency] += abs(effect.amount)
                    self.judged_money[effect.currency] += abs(effect.amount) if reason is None else 0
            self._rehearse(exchange)
        for identifier in named:
            known = baseline.get(identifier)
            bound = "bound" if identifier in self.bound else None
            self.ids[bound or ("made" if known is None else "unbound" if known == "named" else "seeded")] += 1

    def plan(self) -> Plan:
        """What was planned."""
        total = self.calls["control"]
        shares = [self.judged_money[currency] / amount for currency, amount in self.money.items() if amount]
        return Plan(
            target=self.target.name,
            calls=dict(self.calls),
            ids=dict(self.ids),
            judged={"calls": round(self.judged / total, 6) if total else 1.0, "money": round(min(shares), 6) if shares else None},
            why_not=dict(self.why_not.most_common()),
            changed=self.changed,
            raised=self.raised,
            unrehearsed=self.unrehearsed,
            created=dict(sorted(self.created.items())),
            seconds=self._seconds(),
            stimuli=dict(self.stimuli),
            waiting=self.waiting,
        )

    def _seconds(self) -> float | None:
        """How long the arms take, one after the other, at the rate that the target allows; the control runs twice, to measure noise."""
        if self.target.rate is None:
            return None
        return round((2 * self.calls["control"] + self.calls["candidate"]) / self.target.rate, 1)

    def _cut_off(self, exchange: Exchange) -> str | None:
        """Why a call will not be sent: it names what is not there, or what a call that is not sent would have made."""
        lost = next((name for name, _ in named_ids(exchange.request) if name in self._lost), None)
        body, found = exchange.outcome.body, match(exchange.request.method, exchange.request.path)
        writes = found.writes
        if lost is None:
            if exchange.request.method == "POST" and isinstance(body, dict) and "object" in body and not found.path_ids:
                self.created[str(body["object"])] += 1
            return None
        if writes:
            self._lost.update(ids_in(body))
        return f"{type_hint(lost) or 'an id'} not bound: `replayer seed` or `bind:` gives it a live one"

    def _reason(self, exchange: Exchange) -> str | None:
        """Why this target cannot judge a call, were it changed; null where it can."""
        found = match(exchange.request.method, exchange.request.path)
        if not found.writes:
            return None
        if found.name not in self._claims:
            self._claims[found.name] = self.target.claims(found.name)
        claims = self._claims[found.name]
        if not claims.computed and not claims.inert:
            return f"{found.name}: {self.target.name} has no rule for it"
        echoed = sorted({fold(name) for name, _ in flatten(exchange.request.params) if competence(claims, name) == "echoed"})
        return f"{found.name}: only echoes {', '.join(echoed[:3])}" if echoed else None

    def _rehearse(self, exchange: Exchange) -> None:
        """Ask the candidate for its calls, answering with what was recorded."""
        found = match(exchange.request.method, exchange.request.path)
        memory = self._memory.setdefault(self._chain(exchange.id), {})
        call = Call(exchange.request, found.name, recorded=exchange.outcome.body, chain=memory, stands_for={})
        made: list[Call] = []
        try:
            made.extend(_made(self.candidate, call, exchange.outcome))
        except CandidateError as error:
            if not made:
                self.raised.append(f"{exchange.id}: {error}")
                return
            self.unrehearsed += 1  # it needs an answer that is not there before the run
        self.calls["candidate"] += len(made)
        self.changed += not (len(made) == 1 and same_call(made[0].request, exchange.request))


def _made(candidate: Candidate, call: Call, recorded: Outcome) -> Iterator[Call]:
    """The candidate's calls; one that is recorded is answered as recorded, another with nothing that could be known before the run."""
    dialogue = candidate.calls(call)
    given: Any = None
    while True:
        try:
            item = dialogue.send(given)
        except StopIteration:
            return
        given = None
        if isinstance(item, Call):
            same = item.operation[:] == call.operation[:]
            given = Answer(recorded if same else Outcome(error="not known before the run"))
            yield item
