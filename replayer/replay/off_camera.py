"""What was done off camera, done again in an arm: what a target can do of it, what it stands on, and what it binds."""

from __future__ import annotations

from replayer.capture.bindings import Bindings
from replayer.capture.stimuli import Stimuli
from replayer.model import BaselineObject, Exchange, Outcome
from replayer.targets import Target


def with_supplied(baseline: list[BaselineObject], stimuli: Stimuli) -> list[BaselineObject]:
    """A baseline without what stimuli make, and with what they need."""
    made = stimuli.made
    supplied = {item.id: item for item in stimuli.supplied}
    kept = {item.id: item for item in baseline if item.provenance != "named" or item.id not in supplied}
    return [item for item in (supplied | kept).values() if item.id not in made]


def unable(target: Target, stimulus: Exchange) -> str | None:
    """Why a target cannot do it: only the simulator has the pages on which a customer acts."""
    is_page = stimulus.request.path.startswith("/_replayer/")
    return "only the simulator can act as a customer on Stripe's pages" if is_page and not target.clock else None


def not_done(bindings: Bindings, stimulus: Exchange) -> None:
    """Note what is not there because a stimulus was not done: what names it is not sent."""
    bindings.miss(stimulus.outcome.body)
    bindings.lack(_made_by(stimulus.outcome))


def bind_made(bindings: Bindings, stimulus: Exchange, outcome: Outcome) -> None:
    """Bind what a stimulus made beside its answer, type by type in order: the charge of a confirmation, the invoice of a change."""
    live: dict[str, list[str]] = {}
    for effect in outcome.effects or ():
        if effect.kind == "created" and effect.id:
            live.setdefault(effect.object, []).append(effect.id)
    for effect in stimulus.outcome.effects or ():
        if effect.kind != "created" or not effect.id:
            continue
        same, bound = live.get(effect.object, []), bindings.live.get(effect.id)
        if bound in same:
            same.remove(bound)
        elif bound is None and same:
            bindings.bind(effect.id, same.pop(0))
    bindings.lack(_made_by(stimulus.outcome))


def _made_by(outcome: Outcome) -> list[str]:
    return [effect.id for effect in outcome.effects or () if effect.kind == "created" and effect.id]
