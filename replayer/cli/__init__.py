"""The command line: one file a command, loaded only when it is called."""

import sys
from collections.abc import Sequence

__all__ = ["COMMANDS", "main"]

# The table of contents: command, module, what it does.
COMMANDS: dict[str, tuple[str, str]] = {
    "import": ("import_", "read recorded traffic (VCR, HAR, mitmproxy flows, Stripe events) into a capture"),
    "record": ("record", "record live traffic through a reverse proxy"),
    "show": ("show", "list a capture's exchanges"),
    "plan": ("plan", "say what a run would do and what the target can judge; sends nothing"),
    "simulate": ("simulate", "serve the simulator over HTTP"),
    "replay": ("replay", "replay a capture against a target: one arm"),
    "diff": ("diff", "diff two captures that come from one"),
    "run": ("run", "replay both arms, diff them, judge"),
    "bills": ("bills", "say who is billed what in either arm of a run: the next-bill table"),
    "explain": ("explain", "explain a bill line by line: recorded, control, candidate, and why they differ"),
    "fidelity": ("fidelity", "measure how much of what Stripe answered a target answers too"),
    "conform": ("conform", "play generated billing sequences on the simulator and on test mode, and say where the bills differ"),
    "slice": ("slice", "cut a part out of a capture, with the baseline it then stands on"),
    "merge": ("merge", "make one capture of several recorders'"),
    "redact": ("redact", "redact a capture again by your rules, or suggest rules"),
    "find": ("find", "find somebody's exchanges in a redacted capture, with the project's key"),
    "snapshot": ("snapshot", "read the objects that a capture names from Stripe, as its baseline; GET only"),
    "world": ("world", "read what both arms take as given (issuers, rates, fees, settings) out of a capture"),
    "stimuli": ("stimuli", "say what was done off camera (pages, portal, Dashboard), as a list that can be edited"),
    "seed": ("seed", "make a capture's catalogue and baseline on a target, and write the map of ids"),
    "clean": ("clean", "take away what a run or a seed made in test mode"),
    "doctor": ("doctor", "say what is there and what is missing"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 match, 1 divergence, 2 usage or bad input, 3 could not judge, 5 nothing to judge."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if arguments else 2
    if arguments[0] == "--version":
        from replayer import __version__

        print(f"replayer {__version__}")
        return 0
    if arguments[0] not in COMMANDS:
        return _unknown(arguments[0])
    from replayer.cli.start import start

    return start(arguments[0], COMMANDS[arguments[0]], arguments[1:])


def usage() -> str:
    """What `replayer --help` prints."""
    lines = [f"  {name:<10} {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: replayer COMMAND [OPTION]...",
            "",
            "Shadow-test a Stripe integration: record its traffic, replay it with candidate billing logic,",
            "and diff what would change, for which customers, for how much money.",
            "",
            *lines,
            "",
            "`replayer COMMAND --help` lists a command's options; each is also read from REPLAYER_OPTION in the environment.",
            "Exit codes: 0 match or as intended, 1 divergence, 2 usage or bad input, 3 could not judge, 5 nothing to judge.",
        ]
    )


def _unknown(name: str) -> int:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    print(f"error: there is no command {name!r}", file=sys.stderr)
    print(f"hint: did you mean `replayer {near[0]}`?" if near else "hint: `replayer --help` lists the commands", file=sys.stderr)
    return 2
