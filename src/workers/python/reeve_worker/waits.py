"""Whether a request keeps its thread running, or has it wait for something.

The kernel counts how often a thread gave up the processor by itself: for a database, a file, a
lock. Asking costs more than a short request should pay, so it is done for some of them.
"""

from __future__ import annotations

import resource

from .request_frames import RAN_THROUGH, UNWATCHED, WAITED

# One request of so many is watched.
WATCH_EVERY = 8


def waits_so_far() -> int:
    """How often this thread has waited; 0 where the system does not count it."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def waiting_since(before: int) -> int:
    """What END says, of a request before which the thread had waited so often (0: not watched)."""
    if before == 0:
        return UNWATCHED
    return RAN_THROUGH if waits_so_far() == before else WAITED
