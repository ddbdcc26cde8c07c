"""`replayer plan`: say what a run would do and what the target can judge; sends nothing."""

from __future__ import annotations

import argparse
import sys

import msgspec

from replayer.candidates import load_rewrite
from replayer.capture.stimuli import check_stimuli
from replayer.capture.store import open_capture
from replayer.cli.options import add_bind, add_format, add_selection, add_stimuli, bound_by, existing, selection_of, stimuli_file
from replayer.model import NothingSelected
from replayer.replay.plan import Plan, Planner
from replayer.runs.run import chosen_ids
from replayer.targets import resolve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE")
    parser.add_argument("--target", default="simulator", metavar="T", help="simulator (default), stripe-mock, or a URL")
    parser.add_argument("--candidate", metavar="FILE.py", help="Python that defines rewrite(call)")
    add_bind(parser)
    add_format(parser)
    add_selection(parser)
    add_stimuli(parser)


def run(args: argparse.Namespace) -> int:
    """Print the plan."""
    capture = open_capture(existing(args.capture))
    candidate = load_rewrite(existing(args.candidate)) if args.candidate else None
    planner = Planner(resolve(args.target), candidate, chosen_ids(capture, selection_of(args)), bound_by(args))
    stimuli = stimuli_file(args)
    if stimuli is not None:
        check_stimuli(stimuli, capture)
    for source in capture.sources:
        planner.source(capture, source.name, stimuli)
    plan = planner.plan()
    if args.format == "json":
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(plan), indent=2).decode() + "\n")
    else:
        print("\n".join(_lines(plan)))
    if not plan.calls["control"]:
        raise NothingSelected("no call is selected", place=args.capture)
    return 3 if plan.raised else 0


def _lines(plan: Plan) -> list[str]:
    money = "no money recorded" if plan.judged["money"] is None else f"{plan.judged['money']:.0%} of the recorded money"
    lines = [
        f"CALLS     control {plan.calls['control']} · candidate {plan.calls['candidate']} ({plan.changed} changed)",
        "IDS       {made} made by the capture's calls · {bound} bound · {seeded} seeded · {unbound} known by name only".format(**plan.ids),
        f"JUDGED    {plan.judged['calls']:.0%} of the calls and {money} could be judged by {plan.target}, were they changed",
    ]
    if plan.seconds is not None:
        lines.append(f"TIME      {plan.seconds:,.0f} s for all arms at the rate limit")
    if plan.created:
        lines.append("CREATED   " + ", ".join(f"{count} {name}" for name, count in plan.created.items()))
    if plan.stimuli:
        done, left = plan.stimuli.get("done", 0), plan.stimuli.get("not done", 0)
        undone = f" · {left} cannot be: what follows is unknown" if left else ""
        lines.append(f"STIMULI   {done} done off camera, and done again in both arms{undone}")
    if plan.waiting:
        some = ", ".join(plan.waiting[:5]) + (" …" if len(plan.waiting) > 5 else "")
        lines.append(f"WARNING   {len(plan.waiting)} never confirmed or completed, so that nothing is paid by them: {some}")
    lines += [f"WHY NOT   ×{count:<5} {reason}" for reason, count in list(plan.why_not.items())[:20]]
    if plan.unrehearsed:
        lines.append(f"NOTE      {plan.unrehearsed} calls of the candidate's need an answer that is not known before the run")
    lines += [f"RAISED    {text}" for text in plan.raised[:20]]
    return lines
