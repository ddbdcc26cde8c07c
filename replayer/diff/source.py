"""Diff one source: every recorded call with what both arms made of it, in recorded order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any

from replayer.capture.chains import Chains, named_ids
from replayer.capture.recorded_money import Ledger
from replayer.diff.align import Aligned, operation_of, sent
from replayer.diff.canonical import SECONDS_OF_CLOCK, Canon
from replayer.diff.compare import MISSING, Place, Side, Walk, equal_bytes
from replayer.diff.decisions import Decisions
from replayer.diff.effects import moved
from replayer.diff.judge import Facts, Origin, Word, judge
from replayer.diff.movements import Movements, came_otherwise, concerned
from replayer.diff.notes import Notes, worded
from replayer.diff.reach import Reach, Taint, echoed_by, shows
from replayer.diff.tally import Setting, Tally
from replayer.diff.version_diff import gone
from replayer.model import Effect, Exchange, Outcome
from replayer.stripeapi.ids import ids_in
from replayer.stripeapi.places import HARD

_WEAKEST: tuple[Origin, ...] = ("template", "after", "assumed", "baseline", "world", "given", "computed")


class SourceDiff:
    """Takes the calls of one source in order; afterwards `notes`, `tally` and `movements` say what was found."""

    def __init__(self, setting: Setting, chains: Callable[[], tuple[dict[str, int], Chains]]) -> None:
        self.setting = setting
        self.tally = Tally()
        self.notes = Notes()
        self.canon_r, self.canon_c, self.canon_s = Canon(), Canon(), Canon()
        self.canon_k = self.canon_c  # one and the same for as long as both arms' answers are byte for byte equal
        self._reach = Reach(setting.claims.get, distinct_ids=setting.deterministic)
        self._decisions = Decisions(self.notes, self._reach, setting.expectation)
        self.movements = Movements(self.notes, setting, self.tally)
        self._recorded_money = Ledger()
        self._chains = chains
        self._chain_table: tuple[dict[str, int], Chains] | None = None
        self._carried: dict[int, str] = {}
        self._twins = self._nobodys = False
        self._slack = 0.0 if setting.deterministic else float(SECONDS_OF_CLOCK)

    def call(self, call: Aligned, second: Exchange | None = None, *, counted: bool = True) -> None:
        """Judge one recorded call. One that is replayed only as context of others is not `counted`."""
        self.notes.carried_by = self._carried.get(self._chain(call)) if self._carried else None
        root = self._decisions.note(call, self.canon_c, self.canon_k)
        self.tally.changed += root is not None
        if call.raised is not None:
            self.tally.raised[(call.raised.reason or "").removesuffix(f" ({call.recorded.id})")] += 1
        self._learn(call, second)
        own = self._reach.own(call, root) if root else None
        incoming = self._reach.incoming(call, self.canon_c, self.canon_k)
        taint = own.join(incoming) if own else incoming
        effects = self.movements.effects(call)
        self._whose(call, effects)
        words = self._judge(call, second, own, taint)
        is_undone = call.recorded.lane == "external" and not self._came_of_it(call)
        self.tally.undone += is_undone
        if is_undone or came_otherwise(call):
            self.movements.lose(call, self.canon_c, self.canon_k)
        shown = self._recorded_money.add(call.recorded)
        recorded_money = moved(call.recorded.outcome.effects or shown)  # of a stimulus its events tell more than its answer
        self.movements.note(call, taint, effects, recorded_money, self.canon_c, self.canon_k)
        word = self._class(call, words, taint, root)
        if counted:
            self.tally.seen[call.operation] += 1
            self.tally.classes[word] += 1
            self._count(call, words, word, recorded_money)
        if taint is not None:
            self._reach.spread(call, taint, effects, self.canon_c, self.canon_k)
            if taint.full:
                self.movements.know(call, word, taint, recorded_money, moved(effects[0]))
                self.movements.touch_customers(call, taint, effects, self.canon_c, self.canon_k)

    def left(self, exchange: Exchange) -> None:
        """Note a call of an arm that answers to no recorded call: nobody can say what it is for."""
        orphan = Aligned(exchange, None, None, [], [], [])
        reason = "this call of an arm answers to no recorded call"
        self.notes.carried_by = None
        self.notes.add(orphan, "call.extra", None, None, worded(exchange), judgement="unknown", reason=reason)

    def untold(self, customers: Collection[str], others: Iterable[str]) -> set[str]:
        """Of customers, by recorded id, those of whom the control cannot tell what they are billed; `others` are customers whom it knows.

        A call that does not tell whose it is concerns those whom its chain concerns, and everybody where that tells of nobody.
        """
        ownerless = self.movements.ownerless
        if not ownerless or not customers:
            return {customer for customer in customers if customer in self.movements.lost}
        places, chains = self._table()
        known = {chains.having(customer) for customer in {*customers, *others, *self.movements.others}}
        roots = {chains.of(places[identifier]) for identifier, _ in ownerless}
        everybody = [operation for identifier, operation in ownerless if chains.of(places[identifier]) not in known]
        self.tally.ownerless.update(everybody)
        return {customer for customer in customers if everybody or customer in self.movements.lost or chains.having(customer) in roots}

    def _came_of_it(self, call: Aligned) -> bool:
        """Whether a stimulus did in the control what the recording shows of it: money, status and quantities; else nothing rests on it."""
        recorded, control = call.recorded.outcome, call.control
        if control is None or not sent(control) or (control.outcome.status or 999) >= 300:
            return False
        money = moved(recorded.effects or ())
        if money and control.outcome.effects is not None and money != moved(control.outcome.effects):
            return False
        if recorded.body is None:
            return True
        answer = Side(control, self.canon_c, control.outcome.body)
        walk = Walk(Side(call.recorded, self.canon_r, recorded.body), answer, answer, None, all_places=True, slack=self._slack).run()
        return all(place.recorded_equals_control is not False or place.kind not in HARD for place in walk.places)

    def _whose(self, call: Aligned, effects: list[list[Effect]]) -> None:
        """Say whose call is looked at, and whether a change is meant for all of them."""
        self._nobodys = False
        if self.setting.expectation.intent is not None:
            customers, _ = concerned(call, effects, self.canon_c, self.canon_k)
            self.notes.customers = tuple(sorted(customers))
            self.notes.intended = bool(customers) and customers <= self.setting.concerned.customers
            self._nobodys = not customers

    def _learn(self, call: Aligned, second: Exchange | None) -> None:
        recorded, control, candidate = call.recorded.outcome.body, call.control, call.candidate
        named = [identifier for identifier, _ in named_ids(call.recorded.request)]
        self.canon_c.know(named)
        if self.canon_k is not self.canon_c:
            self.canon_k.know(named)
        self._twins = self.canon_k is self.canon_c and _twins(call)
        if not self._twins and self.canon_k is self.canon_c:
            self.canon_k = self.canon_c.copy()
        if control is not None and sent(control):
            self.canon_c.learn(recorded, control.outcome.body)
        if not self._twins and candidate is not None and sent(candidate):
            self.canon_k.learn(recorded, candidate.outcome.body)
            if control is not None:
                self.canon_k.pair(control.outcome.body, candidate.outcome.body, self.canon_c)
        self._declare(call)
        if second is not None and sent(second):
            self.canon_s.learn(recorded, second.outcome.body)

    def _declare(self, call: Aligned) -> None:
        """Take what the candidate said of recorded ids: they may stand for what its own calls made here, and for nothing else."""
        calls = [exchange for exchange in (call.candidate, *call.extra, *call.doubled) if exchange is not None]
        if not any(exchange.stands_for for exchange in calls):
            return
        answered = {identifier for exchange in calls for identifier in ids_in(exchange.outcome.body)}
        named = {identifier for exchange in calls for identifier, _ in named_ids(exchange.request)}
        for exchange in calls:
            for identifier, live in exchange.stands_for.items():
                if live in answered - named:
                    self.canon_k.declare(identifier, live)
                else:
                    reason = "replaced_by: a recorded id can stand only for what the candidate's calls made in its place"
                    self.notes.add(call, "call.changed", "(replaced_by)", identifier, live, judgement="unknown", reason=reason)

    def _judge(self, call: Aligned, second: Exchange | None, own: Taint | None, taint: Taint | None) -> Counter[str]:
        words: Counter[str] = Counter()
        control, candidate = call.control, call.candidate
        if control is None or candidate is None or not sent(control) or not sent(candidate):
            return words
        echoes = taint.echoes if taint else frozenset()
        folded: list[Place] = []
        for place in self._places(call, control, candidate, second, in_reach=taint is not None):
            found = [] if place.path == "(status)" else echoed_by(place.path, echoes, anywhere=taint is not None and not taint.full)
            own_echo = own is not None and any(echo in own.echoes for echo, _ in echoed_by(place.path, own.echoes))
            word = self._word(call, place, taint, own_echo=own_echo and place.path != "(status)", named=bool(found))
            hard = place.kind in HARD
            if not place.stable and not hard:
                self.tally.unstable.add((call.operation, place.path))
            if word == "noise" and not place.equal:
                self.tally.noise[call.operation, place.path] += 1
            echo = any(shows(place.candidate, below, item.sent) for item, below in found)
            if own_echo and place.equal and not echo and word == "match":
                word = "unknown"  # a parameter differs, and its own place does not show it
                self._place_finding(call, place, word, taint, echo=False)
            words["status-differs"] += not place.equal and (place.path == "(status)" or place.path.rpartition(".")[2] == "status")
            words[word + ("!" if hard else "")] += 1
            if word == "unknown" and place.equal:
                folded.extend([place] if hard else [])
            elif word in ("divergence", "unknown", "fault"):
                self._place_finding(call, place, word, taint, echo=echo and (not hard or self._nobodys))
        if folded and taint is not None:
            self._folded_finding(call, folded, taint)
        return words

    def _places(self, call: Aligned, control: Exchange, candidate: Exchange, second: Exchange | None, *, in_reach: bool) -> Iterable[Place]:
        r, c, k = call.recorded.outcome, control.outcome, candidate.outcome
        comparable = r.status is not None and (r.status < 300) == ((c.status or 999) < 300)
        if in_reach or c.status != k.status or c.status is None:
            recorded = MISSING if r.status is None else r.status
            agreed = r.status == c.status
            stable = second is None or (sent(second) and second.outcome.status == c.status)
            yield Place("(status)", "status", recorded, c.status, k.status, MISSING, agreed, c.status == k.status, stable)
        body_r = _body(r) if comparable else MISSING
        if second is not None and (not sent(second) or second.outcome.status != c.status):
            second = None  # no measure of noise: its own place says so
        if (c.status or 999) < 300 and (k.status or 0) >= 300 and not in_reach:
            return
        walk = Walk(
            Side(call.recorded, self.canon_r, body_r),
            Side(control, self.canon_c, _body(c)),
            Side(candidate, self.canon_k, _body(c if self._twins else k)),
            Side(second, self.canon_s, _body(second.outcome)) if second is not None else None,
            all_places=in_reach,
            slack=self._slack,
        ).run()
        self.tally.leaves += walk.recorded_leaves
        self.tally.agreed += walk.agreed_leaves
        if (c.status is None or c.status < 300) != (k.status is None or k.status < 300):
            return  # an answer against an error: the status says it all
        yield from walk.places

    def _word(self, call: Aligned, place: Place, taint: Taint | None, *, own_echo: bool, named: bool) -> Word:
        has_recorded = call.recorded.outcome.status is not None and (place.path == "(status)" or self._same_side(call))
        control, candidate = call.control, call.candidate
        if self.setting.asked_version and taint is None and not place.equal:
            return "match" if place.control is MISSING else "divergence"  # what is new nobody reads today
        if place.path == "(status)" and (control is None or control.outcome.status is None) and taint is not None:
            return "unknown"
        if taint is not None and not taint.full and place.kind in HARD and not place.equal:
            return "unknown"  # a parameter that moves nothing has moved something: a filter or a check saw it, or the claim is wrong
        return judge(
            Facts(
                reach=taint is not None and (taint.full or place.kind not in HARD),
                kind=place.kind,
                equal=place.equal,
                recorded_equal=place.recorded_equals_control if has_recorded else None,
                stable=place.stable and (named or not self._is_noise(call, place)),
                origin=self._origin(place.path, control, candidate),
                origin_counts=self.setting.origin_counts,
                blind=taint.blind if taint else False,
                echo=own_echo,
                deterministic=self.setting.deterministic,
            )
        )

    def _is_noise(self, call: Aligned, place: Place) -> bool:
        """Whether a learned rule covers a place that differs."""
        return not place.equal and place.kind not in HARD and (call.operation, place.path) in self.setting.noise

    def _same_side(self, call: Aligned) -> bool:
        r, c = call.recorded.outcome.status, call.control.outcome.status if call.control else None
        return r is not None and c is not None and (r < 300) == (c < 300)

    def _origin(self, path: str, control: Exchange | None, candidate: Exchange | None) -> Origin:
        found = [
            table.get(exchange.outcome.origins or "", {}).get(path, "computed")
            for exchange, table in ((control, self.setting.origins_c), (candidate, self.setting.origins_k))
            if exchange is not None
        ]
        return min(found, key=_WEAKEST.index, default="computed")

    def _place_finding(self, call: Aligned, place: Place, word: Word, taint: Taint | None, *, echo: bool) -> None:
        kind = "status" if place.path == "(status)" else "error" if place.path.startswith("error.") else "field"
        reason = None
        if word == "fault":
            self.tally.faults += 1
            reason = "a fault of replayer's own: nothing that differs between the arms reaches this place"
        elif word == "unknown":
            reason = self._reason(call, taint, equal=place.equal)
        elif self.setting.asked_version and taint is None and place.candidate is MISSING:
            reason = gone(place, call.candidate, self.setting.asked_version)
        if kind == "status" and call.candidate is not None and (message := call.candidate.outcome.refusal):
            reason = f"refused: {message} ({reason})" if reason else f"refused: {message}"
        self.notes.add(
            call,
            kind,
            None if place.path == "(status)" else place.path,
            place.control,
            place.candidate,
            judgement="divergence" if word == "divergence" else "unknown",
            cause=taint.root if taint else None,
            expected=echo and word == "divergence" and taint is not None and self.notes.accepted(taint.root),
            reason=reason,
        )

    def _folded_finding(self, call: Aligned, places: list[Place], taint: Taint) -> None:
        """Places of money, status or existence where the arms agree and nobody can say whether Stripe's would: one finding a call."""
        shown = ", ".join(sorted({place.path for place in places})[:6])
        self.notes.add(
            call, "field", None, shown, shown, judgement="unknown", cause=taint.root,
            reason=self._reason(call, taint, equal=True),
        )  # fmt: skip

    def _reason(self, call: Aligned, taint: Taint | None, *, equal: bool) -> str:
        outcome = call.control.outcome if call.control else None
        if outcome is not None and outcome.status is None:
            return outcome.error or "the target gave no answer"
        if taint is not None and not taint.full and not equal:
            return "only parameters differ that should move nothing, and they came to something"
        if taint is not None and taint.blind:
            return "the target only echoes a parameter that differs here or in a call that leads here"
        if not self.setting.origin_counts:
            return "the capture does not come from Stripe: that both arms agree proves nothing"
        return "the control does not answer here as Stripe did, or took the value over"

    def _class(self, call: Aligned, words: Counter[str], taint: Taint | None, root: str | None) -> str:
        control, candidate = call.control, call.candidate
        chain_root = self.notes.carried_by
        if control is None or not sent(control):
            if candidate is None or not sent(candidate):
                return self._made_by_neither(call, taint, root)
            self._unknown_call(call, "the control did not make this call", root)
            return "unknown"
        if call.raised is not None:
            self._carry(call, root)
            return "unknown"
        if call.missing:
            self._answer_gone(call, root)
            if not _replaced(call):
                self._carry(call, root)
            return "diverged"
        if candidate is None or not sent(candidate):
            reason = candidate.reason if candidate is not None else None
            cut_off = self._reach.root_of((reason or "").removeprefix("unbound: ")) or chain_root or root
            self._unknown_call(call, reason or "the candidate did not make this call", cut_off)
            self._carry(call, cut_off)
            return "carried_over" if chain_root else "unknown"
        for exchange in (*call.extra, *call.doubled):
            self.notes.add(call, "status", None, None, exchange.outcome.status, cause=root, operation=operation_of(exchange.request))
        diverged = words["divergence"] + words["divergence!"] > 0 or call.differs
        if words["status-differs"]:
            self._carry(call, root)
        if chain_root is not None:
            self.notes.add(call, "field", None, worded(control), worded(candidate), judgement="carried_over", cause=chain_root)
            return "carried_over"
        if diverged:
            return "diverged"
        reproduced = control.outcome.status is not None and call.recorded.outcome.status == control.outcome.status
        return "matched" if reproduced and not words["unknown!"] and not words["fault"] and not words["fault!"] else "unknown"

    def _made_by_neither(self, call: Aligned, taint: Taint | None, root: str | None) -> str:
        """A call that neither arm made only lowers what is judged, unless the candidate decided on it or a change comes here."""
        candidate = call.candidate
        decided = candidate is not None and candidate.disposition in ("dropped", "raised")
        if not decided and not call.differs and (taint is None or not taint.full):
            return "skipped"
        reason = candidate.reason if candidate is not None and candidate.disposition == "raised" else None
        control = call.control.reason if call.control is not None else "the control did not reach it"
        self._unknown_call(call, reason or f"neither arm made this call ({control})", root or (taint.root if taint else None))
        return "unknown"

    def _unknown_call(self, call: Aligned, reason: str, cause: str | None) -> None:
        self.notes.add(call, "call.missing", None, worded(call.recorded), None, judgement="unknown", cause=cause, reason=reason)

    def _answer_gone(self, call: Aligned, root: str | None) -> None:
        control = call.control
        self.notes.add(call, "status", None, control.outcome.status if control else None, None, cause=root)

    def _carry(self, call: Aligned, root: str | None) -> None:
        self._carried.setdefault(self._chain(call), root or "")

    def _chain(self, call: Aligned) -> int:
        places, chains = self._table()
        return chains.of(places[call.recorded.id])

    def _table(self) -> tuple[dict[str, int], Chains]:
        if self._chain_table is None:
            self._chain_table = self._chains()
        return self._chain_table

    def _count(self, call: Aligned, words: Counter[str], word: str, recorded: Counter[str]) -> None:
        tally, control = self.tally, call.control
        r = call.recorded.outcome.status
        if sent(control) and control is not None:
            tally.reached += 1
            tally.comparable += r is not None
            tally.reproduced += r is not None and r == control.outcome.status
        tally.sent += sent(control) or sent(call.candidate)
        reproduced = control is not None and r is not None and r == control.outcome.status
        judged = sent(control) and reproduced and not words["unknown!"] and word in ("matched", "diverged")
        tally.judged += judged
        for currency, amount in recorded.items():
            tally.recorded_money[currency] += abs(amount)
            tally.judged_money[currency] += abs(amount) if judged else 0


def _twins(call: Aligned) -> bool:
    """Whether both arms made the same one call and got the same bytes."""
    control, candidate = call.control, call.candidate
    if call.differs or control is None or candidate is None or control.outcome.status != candidate.outcome.status:
        return False
    return control.outcome.text == candidate.outcome.text and equal_bytes(control.outcome.body, candidate.outcome.body)


def _body(outcome: Outcome) -> Any:
    """What is compared of an answer: its JSON, else its text."""
    body = outcome.text if outcome.body is None else outcome.body
    return MISSING if body is None else body


def _replaced(call: Aligned) -> bool:
    """Whether the candidate said what the recorded ids stand for instead, and the calls that it made succeeded like the control's."""
    made = [exchange for exchange in call.extra if sent(exchange)]
    good = bool(made) and (made[-1].outcome.status or 999) < 300 and call.control is not None and (call.control.outcome.status or 999) < 300
    return good and any(exchange.stands_for for exchange in call.extra)
