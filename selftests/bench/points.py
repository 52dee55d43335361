# SPDX-License-Identifier: GPL-2.0-only
"""Points one after the other on a volume that keeps them all."""

import statistics
import time

import rig
import service

GIB = 1 << 30
GRANULES = 8
# Each is the median of this many points.
WINDOW = 50
YOUNG = 10
# Where the windows of the series end.
AT = 60, 100, 300, 1000, 2000, 4000, 7000, 10000


class Kept:
    """A volume that keeps all of its points; a few granules are written before each."""

    def __init__(self, name, s):
        self.name, self.service, self.rounds = name, s, rig.Rounds()
        data = rig.null_blk(name + "-data", 65536)
        meta = rig.null_blk(name + "-meta", 2048, memory=True)
        rig.run("refpoint", "format", meta, "--data", data)
        self.path = rig.dm(name, data, "refpoint %s %s" % (meta, data))
        s.collection(name, [name])
        self.nr = 0

    def point(self):
        """The milliseconds that one takes, and the bytes of metadata."""
        self.nr += 1
        self.rounds.one(self.path, count=GRANULES, span=64 * GIB, seed=self.nr)
        before = rig.bytes_written(self.name + "-meta")
        begun = time.perf_counter()
        self.service.point(self.name)
        ms = (time.perf_counter() - begun) * 1000
        return {"ms": ms, "bytes": rig.bytes_written(self.name + "-meta") - before}

    def gone(self):
        rig.dm_gone(self.name)
        for kind in "-data", "-meta":
            rig.null_blk_gone(self.name + kind)


def medians(done):
    return {key: statistics.median(point[key] for point in done) for key in done[0]}


def points(quick):
    """By the number of points; then young and old in turns, so that noise meets both."""
    at = AT[:2] if quick else AT
    s = service.Service()
    old, young = Kept("old", s), Kept("young", s)
    done = [old.point() for _ in range(at[-1])]
    for _ in range(YOUNG):
        young.point()
    pairs = [(young.point(), old.point()) for _ in range(WINDOW)]
    result = {"number": at[-1], "first": medians([first for first, _ in pairs]),
              "last": medians([last for _, last in pairs]),
              "series": {"points": [{"points": end, **medians(done[end - WINDOW:end])}
                                    for end in at]}}
    s.close()
    for volume in old, young:
        volume.gone()
    return result


MEASURES = {"points": points}


def rows(b):
    first, last, number = (b["points"][key] for key in ("first", "last", "number"))
    yield ("a point, number 10 to 60", "-", "-", "%.2f ms" % first["ms"], "")
    yield ("  number %d" % number, "-", "-", "%.2f ms" % last["ms"],
           "%.2f" % (last["ms"] / first["ms"]))
    yield ("  metadata written by number 10 to 60", "-", "-",
           "%.0f KiB" % (first["bytes"] / 1024), "")
    yield ("  by number %d" % number, "-", "-", "%.0f KiB" % (last["bytes"] / 1024),
           "%.2f" % (last["bytes"] / first["bytes"]))
