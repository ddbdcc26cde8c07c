"""Fill README's examples with what the commands really print: `python -m tools.readme`; a test holds them equal."""

import contextlib
import io
import re
import tempfile
from pathlib import Path

from replayer.cli import main

ROOT = Path(__file__).resolve().parent.parent
_RUN = "run captures/demo-club --candidate scenarios/old-members/candidate.py"
_COMMANDS = (
    "run scenarios/old-members | tail -1",
    "show captures/demo-club --customer cus_S0000000000001",
    f"{_RUN} --out runs/friday | tail -1",
    "explain runs/friday cus_S0000000000001",
)
EXAMPLES = {"make demo": _RUN, **{f"replayer {command}": command for command in _COMMANDS}}
SCENARIO = "old-members"
_SECONDS = re.compile(r"; in \d+\.\d s ")


def printed(command: str) -> str:
    """What a command prints, without the seconds that it took; of `| tail -1` the last line."""
    text = io.StringIO()
    arguments, piped, _ = command.partition(" | tail -1")
    with contextlib.redirect_stdout(text):
        main(arguments.split())
    lines = _SECONDS.sub(" ", text.getvalue()).splitlines(keepends=True)
    return "".join(lines[-1:] if piped else lines)


def filled(text: str) -> str:
    """README with every example's output renewed: the lines between `$ COMMAND` and the next command or the fence."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name in ("captures", "scenarios"):
            Path(name).symlink_to(ROOT / name)
        for shown, command in EXAMPLES.items():
            pattern = re.compile(rf"(\$ {re.escape(shown)}\n).*?(?=\$ |```)", re.DOTALL)
            if not pattern.search(text):
                raise SystemExit(f"README shows no `$ {shown}`")
            output = printed(command)
            text = pattern.sub(lambda found, output=output: found[1] + output, text)
    scenario = (ROOT / "scenarios" / SCENARIO / "scenario.yaml").read_text()
    return re.sub(r"(```yaml\n).*?(```)", lambda found: found[1] + scenario + found[2], text, count=1, flags=re.DOTALL)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(filled(readme.read_text()))
