"""Fill README's examples with what the commands really print: `python -m tools.readme`; a test holds them equal."""

import contextlib
import io
import re
from pathlib import Path

from replayer.cli import main

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = {
    "make demo": ["run", "scenarios/service-fee"],
    "replayer show captures/demo-shop --customer cus_S0000000000002": ["show", "captures/demo-shop", "--customer", "cus_S0000000000002"],
    "replayer run captures/demo-shop --candidate scenarios/service-fee/candidate.py --customer cus_S0000000000002": [
        "run", "captures/demo-shop", "--candidate", "scenarios/service-fee/candidate.py", "--customer", "cus_S0000000000002",
    ],
}  # fmt: skip
_SECONDS = re.compile(r"; in \d+\.\d s ")


def printed(arguments: list[str]) -> str:
    """What a command prints, without the seconds that it took."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.chdir(ROOT):
        main(arguments)
    return _SECONDS.sub(" ", text.getvalue())


def filled(text: str) -> str:
    """README with every example's output renewed: the lines between `$ COMMAND` and the next command or the fence."""
    for command, arguments in EXAMPLES.items():
        pattern = re.compile(rf"(\$ {re.escape(command)}\n).*?(?=\$ |```)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README shows no `$ {command}`")
        output = printed(arguments)
        text = pattern.sub(lambda found, output=output: found[1] + output, text)
    scenario = (ROOT / "scenarios" / "service-fee" / "scenario.yaml").read_text()
    return re.sub(r"(```yaml\n).*?(```)", lambda found: found[1] + scenario + found[2], text, count=1, flags=re.DOTALL)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(filled(readme.read_text()))
