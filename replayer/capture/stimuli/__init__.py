"""Stimuli: what an actor did off camera, and both arms must repeat at its place.

A customer confirms a payment in the browser or changes a plan in the portal; somebody refunds in the Dashboard; another system calls.
None of it is in the recording, but events tell it, and later reads show it. Each is an exchange of the lane `external` whose request does
the same and whose outcome is what is known to have come of it. What Stripe did by itself is none: the target's clock does it.
"""

from replayer.capture.stimuli.file import check_stimuli, dump_stimuli, stimuli_of
from replayer.capture.stimuli.infer import Stimuli, infer
from replayer.capture.stimuli.places import follows, merged, place_of, with_stimuli

__all__ = ["Stimuli", "check_stimuli", "dump_stimuli", "follows", "infer", "merged", "place_of", "stimuli_of", "with_stimuli"]
