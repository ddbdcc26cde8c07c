"""Replay a capture against a target: one arm, which is a capture again.

On a target with a clock a source's exchanges go in recorded order, one at a time, at each exchange's recorded time. On others its chains
overlap (`schedule`), each call is journalled (`journal`), and the arm is written in recorded order all the same.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from replayer.candidates import Answer, Call, Candidate, CandidateError, Drop, Unchanged
from replayer.capture.bearers import without_bearers
from replayer.capture.bindings import Bindings
from replayer.capture.chains import Chains, chain_table
from replayer.capture.owners import customers_of
from replayer.capture.reread import reader
from replayer.capture.retries import Retries, identity, is_turned_away
from replayer.capture.select import Selection
from replayer.capture.stimuli import stimuli_of, with_stimuli
from replayer.capture.store import Capture, Writer
from replayer.capture.stored_baseline import baseline_of
from replayer.capture.world import world_of
from replayer.model import Claims, Exchange, Outcome, Request
from replayer.replay.bind_rules import BindRule, find
from replayer.replay.chosen import Chosen, chosen_calls
from replayer.replay.horizon import DEFAULT, parse_horizon, replay_together, settle
from replayer.replay.journal import Journal
from replayer.replay.keys import account_key, derived_key, is_idempotency_error
from replayer.replay.off_camera import bind_made, not_done, unable, with_supplied
from replayer.replay.parallel import run_parallel
from replayer.replay.probe import bound_baseline, settled
from replayer.replay.schedule import Waits
from replayer.replay.shift import shift
from replayer.stripeapi.operations import match
from replayer.stripeapi.params import equal_json, plain_params
from replayer.stripeapi.testdata import is_documented_test_value
from replayer.targets import Session, Target


class Planned(msgspec.Struct, frozen=True):
    """A call to send: what it is made for, the request as it goes out, and which of the calls made for that one it is."""

    recorded: Exchange
    request: Request
    position: int


Steps = Generator[Planned, Outcome, list[Exchange]]


class ArmCounts(msgspec.Struct):
    """What one arm did: recorded calls seen, and how many of these the candidate changed."""

    seen: int = 0
    changed: int = 0


class Arm:
    """One arm over the sources of a capture; writes what it does with `writer`.

    `seed` makes idempotency keys: equal where the recorded ones were, never equal between arms or runs.
    """

    def __init__(
        self, capture: Capture, target: Target, writer: Writer, *, role: str, seed: str, candidate: Candidate | None = None,
        selection: Selection | None = None, bind: Mapping[str, str] | None = None, journal: Journal | None = None, lanes: int = 1,
        horizon: str = DEFAULT, rules: Mapping[str, BindRule] | None = None,
        began: float | None = None, version: str | None = None, world: Path | None = None, stimuli: Path | None = None,
    ) -> None:  # fmt: skip
        self.capture = capture
        self.target = target
        self.writer = writer
        self.role = role
        self.seed = seed
        self.candidate = candidate or Unchanged()
        self.selection = selection
        self.bind = dict(bind or {})
        self.rules = dict(rules or {})
        self.began = began
        self.version = version
        self.world = world
        self.stimuli = stimuli
        self.journal = journal
        self.lanes = lanes
        self.horizon = parse_horizon(horizon)
        self.lags: list[float] = []
        self.counts = ArmCounts()
        self.claims: dict[str, Claims] = {}
        self.origin_sets: dict[str, dict[str, list[str]]] = {}

    def replay(self, source: str) -> Iterator[int]:
        """Replay one source, yielding 1 after each recorded call."""
        return self.replay_all([source])

    def replay_all(self, sources: Iterable[str]) -> Iterator[int]:
        """Replay sources, yielding 1 after each recorded call: one call after the other, or as many at once as there are lanes."""
        if self.target.clock or self.lanes < 2:
            for source in sources:
                yield from (count for _, count in replay_together([self], source, self.horizon))
            return
        lanes: dict[str, Lane] = {}
        try:
            for job, made in run_parallel(self._schedule(sources, lanes), self.lanes, self.lags):
                yield self._write(made)
                job.lane.left -= 1
                if job.lane.left == 0 and job.lane.is_whole:
                    settle([job.lane], self.horizon)
                    self.end(lanes.pop(job.lane.source))
            for lane in lanes.values():
                settle([lane], self.horizon)
                self.origin_sets.update(lane.session.origin_sets)
        finally:
            for lane in lanes.values():
                lane.session.close()

    def begin(self, source: str) -> Lane:
        """Open a source, to be played by itself."""
        return self._lane(source, alone=True)

    def play(self, lane: Lane) -> Iterator[int]:
        """Replay what was opened, one call after the other, yielding 1 after each recorded call."""
        for exchange in lane.calls:
            yield self._write(_drive(lane.steps(exchange), lane))

    def end(self, lane: Lane) -> None:
        """Let go of a source."""
        self.origin_sets.update(lane.session.origin_sets)
        lane.session.close()

    def _schedule(self, sources: Iterable[str], lanes: dict[str, Lane]) -> Iterator[tuple[_Job, frozenset[int]]]:
        """The calls of all sources in order, each with the places of those that it waits for. Sources never wait for each other."""
        base = count = 0
        for source in sources:
            lane = lanes[source] = self._lane(source, alone=False)
            assert lane.chains is not None
            waits = Waits(lane.chains[1], lane.chains[0])
            for exchange in lane.calls:
                lane.left += 1
                count += 1
                yield _Job(lane, exchange), frozenset(base + place for place in waits.add(exchange))
            lane.is_whole = True
            base = count

    def _lane(self, source: str, *, alone: bool) -> Lane:
        recorded_only = reader(self.capture, source)
        stimuli = stimuli_of(source, recorded_only, self.stimuli)
        for stimulus in stimuli.acts:
            self.writer.stimulus(stimulus)
        baseline = with_supplied(baseline_of(self.capture, source, recorded_only), stimuli)
        read = with_stimuli(recorded_only, stimuli.acts)
        retries = Retries(read())
        simple = alone and isinstance(self.candidate, Unchanged) and self.selection is None
        table = None if simple else chain_table(read())
        chosen = chosen_calls(read, table, self.selection)
        session = self.target.open(source, baseline, account_key(self.seed, self.role, source))
        take = getattr(session, "take", None)
        if take is not None:  # a target that takes the world as given
            take(world_of(source, recorded_only, baseline, self.world))
        for recorded in list(self.rules):
            self.bind[recorded] = find(session, recorded, self.rules.pop(recorded))
        bindings = Bindings(bound_baseline(self.target, session, [item for item in baseline if item.id not in self.bind]))
        for recorded, live in self.bind.items():
            bindings.bind(recorded, live)
        bindings.lack(item.id for item in baseline if not is_documented_test_value(item.id))
        calls = (exchange for exchange in retries.logical(read()) if chosen is None or exchange.id in chosen.context)
        lane = Lane(self, source, session, bindings, table, calls, chosen)
        first = next(iter(read()), None) if not self.target.clock and self.began is not None else None
        if first is not None and first.at is not None and self.began is not None:
            lane.offset = self.began - first.at
        return lane

    def _write(self, made: list[Exchange]) -> int:
        for exchange in made:
            self.writer.append(exchange)
        return 1

    def claim(self, operation: str) -> None:
        """Keep the target's claims about an operation for the arm's manifest."""
        if operation not in self.claims:
            self.claims[operation] = self.target.claims(operation)


class Lane:
    """One source of one arm: its bindings, keys and the candidate's memory."""

    def __init__(
        self, arm: Arm, source: str, session: Session, bindings: Bindings, chains: tuple[dict[str, int], Chains] | None,
        calls: Iterator[Exchange], chosen: Chosen | None,
    ) -> None:  # fmt: skip
        self.calls, self.chosen = calls, chosen
        self.left, self.is_whole = 0, False  # calls under way, and whether all are known
        self.arm = arm
        self.source = source
        self.session = session
        self.bindings = bindings
        self.memory: dict[int, dict[str, Any]] = {}
        self.chains = chains
        self.keys: dict[str, bytes | None] = {}
        self.customers: dict[str, str] = {}
        self.offset = 0.0  # seconds by which times in parameters move, where the target goes by another clock than the recording

    def steps(self, recorded: Exchange) -> Steps:
        """Work out the calls that the candidate wants in place of a recorded one; context of what was selected is made as recorded.

        Yields each call to send and is given its outcome; returns what was done. Never waits for anything itself.
        """
        arm = self.arm
        if recorded.lane == "external":
            return (yield from self._act(recorded))
        arm.counts.seen += 1
        as_recorded = self.chosen is not None and recorded.id not in self.chosen.calls
        found = match(recorded.request.method, recorded.request.path)
        arm.claim(found.name)
        call = Call(recorded.request, found.name, recorded=recorded.outcome.body, chain=self._memory(recorded), stands_for={})
        made: list[Request] = []
        held: list[Exchange] = []
        dropped = learned = raised = False
        dialogue = (Unchanged() if as_recorded else arm.candidate).calls(call)
        answer: Answer | None = None
        try:
            while True:
                item = dialogue.send(answer)
                if isinstance(item, Drop):
                    dropped, answer = True, None
                    continue
                outcome = yield from self._make(recorded, item, len(made), held)
                if not learned and item.operation[:] == found.name:
                    self.bindings.learn(recorded.outcome.body, outcome.body)
                    learned = True
                self._remember_customer(recorded.outcome.body, outcome.body)
                made.append(item.request)
                answer = Answer(outcome)
        except StopIteration:
            pass
        except CandidateError as error:
            raised = True
            held.append(self._note(recorded, "raised", f"{error} ({recorded.id})"))
        for identifier, live in call.stands_for.items():
            self.bindings.bind(identifier, live)
        if not made and dropped:
            held.append(self._note(recorded, "dropped", "dropped by the candidate"))
        if held and call.stands_for:
            held[-1] = msgspec.structs.replace(held[-1], stands_for=dict(call.stands_for))
        if raised or not (len(made) == 1 and same_call(made[0], recorded.request)):
            arm.counts.changed += 1
        if not learned:
            self.bindings.miss(recorded.outcome.body)
        return held

    def _act(self, stimulus: Exchange) -> Steps:
        """Do what was done off camera. The candidate has no say in it, and it is no call of the user's."""
        found = match(stimulus.request.method, stimulus.request.path)
        self.arm.claim(found.name)
        reason = stimulus.reason if stimulus.disposition == "skipped" else unable(self.arm.target, stimulus)
        if reason is not None:
            not_done(self.bindings, stimulus)
            return [self._note(stimulus, "skipped", reason)]
        held: list[Exchange] = []
        call = Call(stimulus.request, found.name, recorded=stimulus.outcome.body, chain={}, stands_for={})
        outcome = yield from self._make(stimulus, call, 0, held)
        if outcome.status is None or outcome.status >= 300:
            not_done(self.bindings, stimulus)
            return held
        self.bindings.learn(stimulus.outcome.body, outcome.body)
        bind_made(self.bindings, stimulus, outcome)
        self._remember_customer(stimulus.outcome.body, outcome.body)
        return held

    def send(self, planned: Planned) -> Outcome:
        """Send a call, with the journal's help where there is one."""
        recorded, request = planned.recorded, planned.request
        journal = self.arm.journal
        if journal is None:
            return self._sent(request, recorded.at)
        identifier, known, doubtful = journal.before(self.source, recorded.id, planned.position, request)
        if known is not None:
            recall = getattr(self.session, "recall", None)
            if recall is not None:
                recall(request, known)
            return known
        outcome = settled(self.session, request) if doubtful and request.method == "DELETE" else None
        outcome = outcome or self._sent(request, recorded.at)
        journal.after(identifier, outcome)
        return outcome

    def _sent(self, request: Request, at: float | None) -> Outcome:
        """Send a call; of what another server answers no bearer is kept. The simulator's are made up."""
        outcome = self.session.send(request, at)
        return outcome if self.arm.target.clock else without_bearers(outcome)

    def _make(self, recorded: Exchange, call: Call, position: int, held: list[Exchange]) -> Generator[Planned, Outcome, Outcome]:
        arm = self.arm
        arm.claim(call.operation[:])
        for identifier, live_id in call.stands_for.items():
            self.bindings.bind(identifier, live_id)
        unbound = self.bindings.unbound(call.request)
        if unbound is not None or is_turned_away(recorded):
            reason = f"unbound: {unbound}" if unbound is not None else f"Stripe turned this call away ({recorded.outcome.status})"
            held.append(self._done(recorded, call.request, Outcome(error=reason), disposition="skipped", reason=reason))
            return Outcome(error=reason)
        request = self.bindings.substitute(call.request)
        if self.offset and not self.session.goes_by_recorded_time(request):
            request = shift(request, self.offset)
        request = msgspec.structs.replace(
            request, idempotency_key=self._key(recorded, position), version=arm.version or request.version
        )  # fmt: skip
        if not request.kept:
            reason = "its body was not kept in the recording"
            held.append(self._done(recorded, request, Outcome(error=reason), disposition="skipped", reason=reason))
            return Outcome(error=reason)
        outcome = yield Planned(recorded, request, position)
        held.append(self._done(recorded, request, outcome))
        return outcome

    def _done(self, recorded: Exchange, request: Request, outcome: Outcome, **more: Any) -> Exchange:
        sent_at = recorded.at if self.arm.target.clock else time.time()
        return Exchange(
            id="", source=self.source, lane=recorded.lane, at=sent_at, request=request, outcome=outcome, replayed_from=recorded.id, **more
        )

    def _note(self, recorded: Exchange, disposition: Any, reason: str) -> Exchange:
        return Exchange(
            id="", source=self.source, lane=recorded.lane, at=recorded.at, request=recorded.request, outcome=Outcome(error=reason),
            replayed_from=recorded.id, disposition=disposition, reason=reason,
        )  # fmt: skip

    def _key(self, recorded: Exchange, position: int) -> str | None:
        """The idempotency key to send; a call that the candidate adds is a call of its own."""
        if recorded.request.method != "POST":
            return None
        key = recorded.request.idempotency_key
        if key is not None and not is_idempotency_error(recorded) and self.keys.setdefault(key, identity(recorded)) != identity(recorded):
            key = None  # the recorded answers say that these keys were not equal: a scrubber has made them so
        named = f"id:{recorded.id}" if key is None else f"key:{key}"
        return derived_key(self.arm.seed, self.arm.role, self.source, named, str(position))

    def _memory(self, recorded: Exchange) -> dict[str, Any]:
        if self.chains is None:
            return {}
        places, chains = self.chains
        return self.memory.setdefault(chains.of(places[recorded.id]), {})

    def _remember_customer(self, recorded: Any, live: Any) -> None:
        customer, name = next(customers_of(live), None), next(customers_of(recorded), None)
        if customer is not None and (customer not in self.customers or self.bindings.live.get(name or "") == customer):
            self.customers[customer] = name if name is not None and self.bindings.live.get(name) == customer else customer


class _Job:
    """One recorded call of one source, for whoever has time."""

    __slots__ = ("exchange", "lane")

    def __init__(self, lane: Lane, exchange: Exchange) -> None:
        self.lane, self.exchange = lane, exchange

    def steps(self) -> Steps:
        """What is to be done."""
        return self.lane.steps(self.exchange)

    def send(self, planned: Planned) -> Outcome:
        """Send one of its calls."""
        return self.lane.send(planned)


def _drive(steps: Steps, lane: Lane) -> list[Exchange]:
    """Make one recorded call's steps one after the other."""
    try:
        planned = next(steps)
        while True:
            planned = steps.send(lane.send(planned))
    except StopIteration as end:
        made: list[Exchange] = end.value
        return made


def same_call(made: Request, recorded: Request) -> bool:
    """Whether a call is the recorded one: order of parameters, and of `expand` paths, makes no difference."""
    if made is recorded:
        return True
    return (made.method, made.path, made.version, made.account) == (
        recorded.method,
        recorded.path,
        recorded.version,
        recorded.account,
    ) and equal_json(plain_params(made.params, made.encoding), plain_params(recorded.params, recorded.encoding))
