"""The logic under trial: what a candidate's file is written against."""

from replayer.candidates.call import Answer, Call, Drop
from replayer.candidates.rewrite import Candidate, CandidateError, Rewrite, Unchanged, load_rewrite

__all__ = ["Answer", "Call", "Candidate", "CandidateError", "Drop", "Rewrite", "Unchanged", "load_rewrite"]
