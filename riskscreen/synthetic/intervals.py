"""Half-open periods of days that belong to owners, as parallel arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

NEVER = 10**6  # a day far after every world; stands for "has not happened"
_STRIDE = 4 * NEVER


def merged(owner: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints, Ints]:
    """The same days in periods that do not overlap or touch, in order of owner and start."""
    if len(owner) == 0:
        return owner, start, end
    order = np.lexsort((end, start, owner))
    begins = start[order] + owner[order] * _STRIDE
    busy = np.maximum.accumulate(end[order] + owner[order] * _STRIDE)
    new = np.concatenate([[True], begins[1:] > busy[:-1]])
    last = np.concatenate([np.flatnonzero(new)[1:] - 1, [len(order) - 1]])
    return owner[order][new], start[order][new], busy[last] - owner[order][last] * _STRIDE


def gaps(first: Ints, last: Ints, owner: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints, Ints]:
    """What is left of each owner's own period ``[first, last)`` outside the given periods.

    Parameters
    ----------
    first, last
        The whole period of owners 0, 1, ..., shape (owners,).
    owner, start, end
        Periods that do not overlap within an owner, in order of owner and start.

    Returns
    -------
    owner, start, end
        The gaps, in order of owner and start; empty ones are left out.
    """
    owners = np.arange(len(first))
    gap_owner = np.concatenate([owners, owner])
    gap_start = np.concatenate([first, end])
    order = np.lexsort((gap_start, gap_owner))
    gap_owner, gap_start = gap_owner[order], gap_start[order]
    ends_owner = np.concatenate([owners, owner])
    ends_day = np.concatenate([last, start])
    order = np.lexsort((ends_day, ends_owner))
    gap_end = ends_day[order]
    gap_start = np.maximum(gap_start, first[gap_owner])
    gap_end = np.minimum(gap_end, last[gap_owner])
    kept = gap_end > gap_start
    return gap_owner[kept], gap_start[kept], gap_end[kept]


def crossed(
    group: Ints, start: Ints, end: Ints, offsets: Ints, starts: Ints, ends: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Overlaps of periods with the periods of their group.

    Parameters
    ----------
    group, start, end
        Periods on the left, each with the group that it is crossed with.
    offsets
        Periods of group g on the right are ``offsets[g]:offsets[g + 1]``.
    starts, ends
        Periods on the right, in order of group.

    Returns
    -------
    left, right, start, end
        Positions on both sides and the overlap; empty overlaps are left out.
    """
    counts = offsets[group + 1] - offsets[group]
    left = np.repeat(np.arange(len(group)), counts)
    within = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
    right = offsets[group][left] + within
    begin = np.maximum(start[left], starts[right])
    finish = np.minimum(end[left], ends[right])
    kept = finish > begin
    return left[kept], right[kept], begin[kept], finish[kept]
