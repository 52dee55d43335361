# SPDX-License-Identifier: GPL-2.0-only
"""What a volume takes of the kernel's memory: per TiB of it, written or not."""

import mmap
import os
import resource

import rig

TIB = 1 << 40
KIB = 1 << 10
MIB = 1 << 20
META_MIB = 256
PAGE_OF_BITS = 32768 * 65536    # bytes of the volume: granules of 64 KiB


def free_pages():
    """Pages that are free and kept for the next to ask for one; MemFree has none."""
    with open("/proc/zoneinfo") as file:
        return sum(int(line.split()[1]) for line in file
                   if line.strip().startswith("count:"))


def taken_now():
    rig.put("/proc/sys/vm/drop_caches", 3)
    fields = {}
    with open("/proc/meminfo") as file:
        for line in file:
            name, value = line.split()[:2]
            fields[name.rstrip(":")] = int(value) * KIB
    return (fields["MemTotal"] - fields["MemFree"] - fields["Cached"] -
            fields["Buffers"] - free_pages() * resource.getpagesize())


def taken():
    """Bytes of memory that are in use, what could be dropped apart."""
    rig.run("sync")
    # What one round has let go of, the next may free.
    return min(taken_now() for _ in range(4))


def settle(name):
    """All marks durable, nothing armed: what is left is what a volume keeps."""
    if name == "refpoint":
        rig.run("dmsetup", "message", name, "0", "checkpoint")


def write_here_and_there(path, size):
    """As many pages of bits as there can be: none of them is empty, and none is full."""
    fd = os.open(path, os.O_WRONLY | os.O_DIRECT)
    buffer = mmap.mmap(-1, 4096)
    for offset in range(0, size, PAGE_OF_BITS):
        os.pwritev(fd, [buffer], offset)
    os.close(fd)


def per_tib_of(name, origin, metadata, size):
    """Bytes for each TiB: of a volume that came up, and of one that was written."""
    rig.run("dd", "if=/dev/zero", "of=" + metadata, "bs=1M", "count=%d" % META_MIB,
            "oflag=direct")
    begun = taken()
    path = rig.linear(origin) if name == "linear" else getattr(rig, name)(origin, metadata)
    up = taken()
    write_here_and_there(path, size)
    settle(name)
    scattered = taken()
    rig.Rounds().one(path, order="sequence", count=size // MIB, size=MIB, span=size)
    settle(name)
    written = taken()
    rig.dm_gone(name)
    return {key: (now - begun) * TIB / size for key, now in
            (("up", up), ("scattered", scattered), ("written", written))}


def per_tib(quick):
    """Granules of 64 KiB, no point and no cut; the metadata are in memory all along."""
    size = TIB // 32 if quick else TIB
    origin = rig.null_blk("origin", size // MIB)
    result = {}
    for name in "linear", "era", "refpoint":
        metadata = rig.null_blk("meta", META_MIB, memory=True)
        result[name] = per_tib_of(name, origin, metadata, size)
        rig.null_blk_gone("meta")
    rig.null_blk_gone("origin")
    return result


MEASURES = {"memory": per_tib}


def rows(b):
    """What a device of device mapper takes by itself is the column of dm-linear."""
    for key, name in (("written", "memory per TiB, all of it written"),
                      ("scattered", "  a write for every 2 GiB"),
                      ("up", "  nothing written")):
        yield (name, *("%.2f MiB" % (b["memory"][target][key] / MIB)
                       for target in ("linear", "era", "refpoint")), "")
