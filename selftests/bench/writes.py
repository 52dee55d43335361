# SPDX-License-Identifier: GPL-2.0-only
"""What writes cost as a function of the granule and of the queue depth."""

import rig

GIB = 1 << 30
KIB = 1 << 10
SPAN = 64 * GIB
# Granules of dm-era's are 4 KiB at least as well.
GRANULES = 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, 1024 * KIB, 4096 * KIB, 16384 * KIB
DEPTHS = 1, 4, 16, 64, 256
NAMES = "linear", "era", "refpoint"
DELAY_NS = 100000


def made(name, origin, granule):
    """A device with metadata that know nothing yet, on a disk of 100 us."""
    if name == "linear":
        return rig.linear(origin)
    meta = rig.null_blk("meta-" + name, max(1024, rig.metadata_mib(origin, granule)),
                        memory=True, delay_ns=DELAY_NS)
    return getattr(rig, name)(origin, meta, granule=granule)


def costs(granule, depth, quick):
    """Nanoseconds of a first write, at random, and of one to a known granule."""
    origin, rounds = rig.null_blk("origin", SPAN >> 20), rig.Rounds()
    paths = {name: made(name, origin, granule) for name in NAMES}
    first = {path: rounds.one(path, span=SPAN, depth=depth, count=2000 if quick else 50000)
             for path in paths.values()}
    for path in paths.values():
        rounds.one(path, order="sequence", count=GIB // 65536, size=65536)
    known = rounds.compare(paths.values(), 2 if quick else 30, depth=depth)
    for name in NAMES:
        rig.dm_gone(name)
        if name != "linear":
            rig.null_blk_gone("meta-" + name)
    rig.null_blk_gone("origin")
    return {name: {"first": first[path], "known": known[path]}
            for name, path in paths.items()}


def by_granule(quick):
    return {"series": {"writes_by_granule": [
        {"granule": granule, **costs(granule, 64, quick)}
        for granule in (GRANULES[2:4] if quick else GRANULES)]}}


def by_depth(quick):
    return {"series": {"writes_by_depth": [
        {"depth": depth, **costs(65536, depth, quick)}
        for depth in (DEPTHS[2:4] if quick else DEPTHS)]}}


MEASURES = {"writes_by_granule": by_granule, "writes_by_depth": by_depth}


def rows(_):
    """Plots alone."""
    return ()
