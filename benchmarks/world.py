"""How much of the recorded corpora is reproduced with their world and without: whole, and from each source's first payment on.

What lies before the first payment is then the baseline, as in a recording of a shop that has been open for years. Writes docs/world-figures.md.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.corpus import CORPORA, ROOT
from replayer.capture.baseline import state_after
from replayer.capture.importers import import_paths
from replayer.capture.project_key import ProjectKey
from replayer.capture.redact import Redactor
from replayer.capture.reread import reader
from replayer.capture.store import Capture, Writer, open_capture
from replayer.capture.stored_baseline import store_baselines
from replayer.model import Manifest, Verdict
from replayer.runs import RunSpec, execute

_KEY = ProjectKey(bytes(range(32)))
_PAYS = ("/v1/payment_intents", "/v1/subscriptions", "/v1/charges", "/v1/invoices")
TEXT = """# What the world is worth

Made by `python -m benchmarks world` (part of `make proof`): the recorded corpora, redacted, replayed on the simulator with the world that each shows and without any. *Whole*: as recorded; their
payment methods are made by the recorded calls from test cards, whose issuers answer as documented. *From the first payment*: what came before is the baseline, in which a card is known by its
pseudonyms only, as in a recording of a shop that has been open for years.
In per cent: recorded calls that were made, calls with the recorded status, and recorded fields that agree in the answers of calls that were made.

| recordings | part | world | calls | reached | reproduced | fields |
|---|---|---|---|---|---|---|
{rows}
"""


def run() -> dict[str, object]:
    """Measure and write docs/world-figures.md."""
    if not CORPORA.is_dir():
        return {"world": "not measured: the recorded corpora are not beside the checkout"}
    rows, figures = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for corpus in sorted(path for path in CORPORA.iterdir() if path.is_dir()):
            here = Path(folder, corpus.name)
            import_paths([corpus], here / "whole", redactor=Redactor(_KEY))
            store_baselines(here / "whole")
            _from_first_payment(open_capture(here / "whole"), here / "later")
            (here / "none.yaml").write_text("")
            for part, said in (("whole", "whole"), ("later", "from the first payment")):
                for world, file in (("its own", None), ("none", here / "none.yaml")):
                    verdict = _judged(here / part, here / f"{part} {world}", file)
                    shares = [_percent(getattr(verdict.control, name)) for name in ("reached", "reproduced", "fields")]
                    rows.append(f"| {corpus.name} | {said} | {world} | {verdict.exchanges.total} | {' | '.join(shares)} |")
                    figures[f"{corpus.name}, {said}, world: {world}"] = dict(zip(("reached", "reproduced", "fields"), shares, strict=True))
    (ROOT / "docs" / "world-figures.md").write_text(TEXT.format(rows="\n".join(rows)))
    return figures


def _judged(capture: Path, out: Path, world: Path | None) -> Verdict:
    *_, verdict = execute(RunSpec(capture=capture, out=out, world=world))
    if not isinstance(verdict, Verdict):
        raise TypeError("a run ends in a verdict")
    return verdict


def _from_first_payment(whole: Capture, folder: Path) -> None:
    with Writer(folder, Manifest(redaction=whole.manifest.redaction)) as writer:
        for source in whole.sources:
            calls = list(reader(whole, source.name)())
            first = next((place for place, call in enumerate(calls) if _pays(call.request.method, call.request.path)), len(calls))
            if first < len(calls):
                writer.baseline(source.name, state_after(calls[:first], whole.baseline(source.name)))
                for call in calls[first:]:
                    writer.append(call)


def _pays(method: str, path: str) -> bool:
    return method == "POST" and path.startswith(_PAYS)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
