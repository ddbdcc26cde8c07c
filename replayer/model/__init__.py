"""The words that every layer shares; knows nothing of ours."""

from replayer.model.effect import Effect
from replayer.model.errors import DamagedCapture, InputError, NothingSelected, Refused, ReplayerError, TargetError, Unstorable
from replayer.model.exchange import Disposition, Exchange, Lane, Outcome, Request
from replayer.model.manifest import ORIGIN_STRIPE, Arm, BaselineObject, Claims, CustomerMoney, Manifest, Parent, Provenance, Source
from replayer.model.progress import ArmFinished, ArmStarted, Progress, Replayed, SendLag
from replayer.model.verdict import (
    Amounts,
    CandidateInfo,
    Control,
    Divergence,
    Exchanges,
    Finding,
    Gate,
    Judged,
    Judgement,
    Money,
    Verdict,
    VerdictWord,
)

__all__ = [
    "ORIGIN_STRIPE",
    "Amounts",
    "Arm",
    "ArmFinished",
    "ArmStarted",
    "BaselineObject",
    "CandidateInfo",
    "Claims",
    "Control",
    "CustomerMoney",
    "DamagedCapture",
    "Disposition",
    "Divergence",
    "Effect",
    "Exchange",
    "Exchanges",
    "Finding",
    "Gate",
    "InputError",
    "Judged",
    "Judgement",
    "Lane",
    "Manifest",
    "Money",
    "NothingSelected",
    "Outcome",
    "Parent",
    "Progress",
    "Provenance",
    "Refused",
    "Replayed",
    "ReplayerError",
    "Request",
    "SendLag",
    "Source",
    "TargetError",
    "Unstorable",
    "Verdict",
    "VerdictWord",
]
