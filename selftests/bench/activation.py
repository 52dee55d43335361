# SPDX-License-Identifier: GPL-2.0-only
"""Volumes that come up: in time and in memory, after an orderly end and a power cut."""

import time

import memory
import rig

MIB = 1 << 20
GIB = 1 << 30
TIB = 1 << 40
PIB = 1 << 50
GRANULES_MAX = 1 << 32
REGIONS_ARMED = 1000


def granule_of(size):
    """64 KiB, or the least that a volume of that size may have."""
    return max(65536, size // GRANULES_MAX)


def loaded(name, sectors, target):
    rig.run("dmsetup", "create", name, "--notable")
    rig.run("dmsetup", "load", name, "--table", "0 %d %s" % (sectors, target))


def resume(name):
    """Seconds and bytes of memory that it takes; the tool's own time is in it."""
    before = memory.taken()
    begun = time.perf_counter()
    rig.run("dmsetup", "resume", name)
    seconds = time.perf_counter() - begun
    return {"ms": seconds * 1000, "bytes": memory.taken() - before}


class Volume:
    """A volume whose metadata can be taken from it as a power cut does."""

    def __init__(self, size):
        self.size = size
        self.sectors = size // 512
        self.origin = rig.null_blk("origin", size // MIB)
        granule = granule_of(size)
        self.meta_mib = rig.metadata_mib(self.origin, granule)
        disk = rig.null_blk("meta", self.meta_mib, memory=True)
        self.meta = "linear %s 0" % disk
        rig.run("dmsetup", "create", "meta-map", "--table",
                "0 %d %s" % (self.meta_mib * 2048, self.meta))
        self.target = "refpoint /dev/mapper/meta-map " + self.origin
        rig.run("refpoint", "format", "/dev/mapper/meta-map", "--data", self.origin,
                "--granularity", str(granule))

    def load(self):
        loaded("refpoint", self.sectors, self.target)

    def metadata_become(self, target):
        """Another table below, at once; what is under way there goes on."""
        rig.run("dmsetup", "load", "meta-map", "--table",
                "0 %d %s" % (self.meta_mib * 2048, target))
        rig.run("dmsetup", "resume", "meta-map")

    def write(self, regions):
        """One write into each of so many regions, as far apart as they can be."""
        spread = self.size // regions
        with open("/dev/mapper/refpoint", "r+b", buffering=0) as file:
            for i in range(regions):
                file.seek(i * spread)
                file.write(bytes(4096))
        rig.run("blockdev", "--flushbufs", "/dev/mapper/refpoint")

    def remove(self):
        rig.dm_gone("refpoint")

    def power_goes(self):
        """Nothing of what is written from now on arrives."""
        self.metadata_become("error")
        self.remove()
        self.metadata_become(self.meta)

    def gone(self):
        self.remove()
        rig.dm_gone("meta-map")
        rig.null_blk_gone("meta")
        rig.null_blk_gone("origin")


def linear_of(size):
    origin = rig.null_blk("origin", size // MIB)
    loaded("linear", size // 512, "linear %s 0" % origin)
    result = resume("linear")
    rig.dm_gone("linear")
    rig.null_blk_gone("origin")
    return result


def one(size, regions):
    """dm-linear, and refpoint new, after an orderly end, and after a power cut."""
    result = {"size": size, "linear": linear_of(size)}
    volume = Volume(size)
    for when in "new", "clean", "cut":
        volume.load()
        result[when] = resume("refpoint")
        if when == "cut":
            break
        volume.write(regions)
        if when == "clean":
            armed = rig.refpoint_show()["counters"]["regions-armed"]
            volume.power_goes()
        else:
            volume.remove()
    volume.gone()
    result["regions"] = armed
    return result


def activation(quick):
    """By size; the last one is of 1 PiB."""
    sizes = (GIB, PIB) if quick else (GIB, 32 * GIB, TIB, 32 * TIB, 256 * TIB, PIB)
    return {"series": {"activation": [one(size, 100 if quick else REGIONS_ARMED)
                                      for size in sizes]}}


MEASURES = {"activation": activation}


def rows(b):
    largest = b["series"]["activation"][-1]
    linear = largest["linear"]["ms"]
    yield ("activation of 1 PiB, after an orderly end", "%.0f ms" % linear, "-",
           "%.0f ms" % largest["clean"]["ms"], "%.2f" % (linear / largest["clean"]["ms"]))
    yield ("  after a power cut, %d regions armed" % largest["regions"], "%.0f ms" % linear,
           "-", "%.0f ms" % largest["cut"]["ms"], "%.2f" % (linear / largest["cut"]["ms"]))
    for when, name in ("clean", "  memory taken by it"), ("cut", "  after a power cut"):
        yield (name, "%.1f MiB" % (largest["linear"]["bytes"] / MIB), "-",
               "%.1f MiB" % (largest[when]["bytes"] / MIB), "")
