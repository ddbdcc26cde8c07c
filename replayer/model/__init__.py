"""The words that every layer shares; knows nothing of ours."""

from replayer.model.bill import ArmLedger, Bill, BillLine, NextBill, Reckoning
from replayer.model.effect import Effect
from replayer.model.errors import CannotJudge, DamagedCapture, InputError, NothingSelected, Refused, ReplayerError, TargetError, Unstorable
from replayer.model.exchange import Disposition, Exchange, Lane, Outcome, Request
from replayer.model.manifest import ORIGIN_STRIPE, Arm, BaselineObject, Claims, CustomerMoney, Manifest, Parent, Provenance, Source
from replayer.model.noise import Noise, NoiseRule
from replayer.model.progress import ArmFinished, ArmStarted, Progress, Replayed, SendLag
from replayer.model.verdict import (
    Amounts,
    Assumed,
    Bills,
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
from replayer.model.world import World

__all__ = [
    "ORIGIN_STRIPE",
    "Amounts",
    "Arm",
    "ArmFinished",
    "ArmLedger",
    "ArmStarted",
    "Assumed",
    "BaselineObject",
    "Bill",
    "BillLine",
    "Bills",
    "CandidateInfo",
    "CannotJudge",
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
    "NextBill",
    "Noise",
    "NoiseRule",
    "NothingSelected",
    "Outcome",
    "Parent",
    "Progress",
    "Provenance",
    "Reckoning",
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
    "World",
]
