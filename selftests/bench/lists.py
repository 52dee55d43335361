# SPDX-License-Identifier: GPL-2.0-only
"""Lists of changes: from the start of the command to its end."""

import json
import subprocess
import time

import rig

GIB = 1 << 30
TIB = 1 << 40
MIB = 1 << 20
GRANULE = 65536
# Parts of a volume that are written, in per cent.
SHARES = 0.01, 0.1, 1, 10, 50, 100


def least_ms(command, rounds):
    """The least of some runs, and what the last one printed."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        times.append((time.perf_counter() - begun) * 1000)
    return min(times), out


class Listed:
    """A volume that was written between two points."""

    def __init__(self, size):
        self.size = size
        self.origin = rig.null_blk("origin", size // MIB)
        self.path = rig.refpoint(self.origin, rig.null_blk(
            "meta", rig.metadata_mib(self.origin), memory=True))
        rig.run("refpoint", "collection", "create", "bench", "refpoint")

    def point(self):
        return rig.run("refpoint", "point", "create", "bench").strip()

    def written(self, **how):
        """Points around a round of writes."""
        self.begin = self.point()
        rig.Rounds().one(self.path, span=self.size, **how)
        self.end = self.point()

    def list(self, rounds):
        ms, out = least_ms(["refpoint", "changes", "refpoint", "--from", self.begin, "--to",
                            self.end, "--summary", "--json"], rounds)
        return {"ms": ms, "extents": json.loads(out)["summary"]["extents"]}

    def gone(self):
        rig.run("refpoint", "collection", "destroy", "bench")
        rig.dm_gone("refpoint")
        for disk in "origin", "meta":
            rig.null_blk_gone(disk)


def hundredth(size):
    return {"count": size // GRANULE // 100}


def changes(quick):
    """Of 1 TiB, a hundredth changed at random."""
    volume = Listed(TIB)
    volume.written(**hundredth(TIB))
    result = volume.list(2 if quick else 15)
    # What a process costs there that does nothing.
    result["start"] = least_ms(["refpoint", "--version"], 2 if quick else 15)[0]
    volume.gone()
    return result


def era_invalidate(quick):
    """The same of dm-era: blocks written since the era before, from a snapshot."""
    origin = rig.null_blk("origin", TIB // MIB)
    meta = rig.null_blk("meta", 2048, memory=True)
    path = rig.era(origin, meta)
    rig.run("dmsetup", "message", "era", "0", "checkpoint")
    era = int(rig.run("dmsetup", "status", "era").split()[5])
    rig.Rounds().one(path, span=TIB, **hundredth(TIB))
    rig.run("dmsetup", "message", "era", "0", "take_metadata_snap")
    ms, out = least_ms(["era_invalidate", "--metadata-snapshot", "--written-since",
                        str(era), meta], 1 if quick else 3)
    rig.run("dmsetup", "message", "era", "0", "drop_metadata_snap")
    rig.dm_gone("era")
    for disk in "origin", "meta":
        rig.null_blk_gone(disk)
    return {"ms": ms, "extents": out.count("<range") + out.count("<block")}


def by_share(quick):
    """Of 64 GiB, by the part of its granules that writes at random have met."""
    size, result = 64 * GIB, []
    for share in SHARES[:2] if quick else SHARES:
        count = int(size // GRANULE * share / 100)
        volume = Listed(size)
        if share == 100:
            volume.written(order="sequence", count=count, size=GRANULE)
        else:
            volume.written(count=count)
        result.append({"share": share, **volume.list(2 if quick else 5)})
        volume.gone()
    return {"series": {"list_by_share": result}}


def by_size(quick):
    """Of 8192 writes at random, by the size of the volume."""
    result = []
    for size in (GIB, TIB) if quick else (GIB, 16 * GIB, 256 * GIB, 4 * TIB, 64 * TIB):
        volume = Listed(size)
        volume.written(count=8192)
        result.append({"size": size, **volume.list(2 if quick else 5)})
        volume.gone()
    return {"series": {"list_by_size": result}}


MEASURES = {"changes": changes, "era_invalidate": era_invalidate, "list_by_share": by_share,
            "list_by_size": by_size}


def rows(b):
    if "changes" not in b or "era_invalidate" not in b:
        return
    era, refpoint = b["era_invalidate"], b["changes"]
    yield ("changes of 1 TiB, 1 %% (%d extents)" % refpoint["extents"], "-",
           "%.0f ms" % era["ms"], "%.0f ms" % refpoint["ms"],
           "%.2f" % (era["ms"] / refpoint["ms"]))
    yield ("  of which the start of a process", "-", "-", "%.0f ms" % refpoint["start"], "")
