# SPDX-License-Identifier: GPL-2.0-only
"""Very many volumes: what they take when idle, and a point over them."""

import os
import statistics
import time

import memory
import rig
import service

MIB = 1 << 20
IDLE = 4096
MEMBERS = 1, 4, 16, 64, 256, 1024
DISKS = 4
ORIGIN_MIB = 64
META_MIB = 2
DELAY_NS = 100000
ROUNDS = 7
GRANULES = 4
FORMAT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "format_many")


def parts(names):
    """So many of them at a time as go into a command line."""
    return (names[i:i + 256] for i in range(0, len(names), 256))


def create(tables):
    """Devices by name, many by each process."""
    specs = ["%s,,,,%s" % (name, table) for name, table in tables.items()]
    for part in parts(specs):
        rig.run("dmsetup", "create", "--concise", ";".join(part))


def remove(names):
    for part in parts(names):
        rig.run("dmsetup", "remove", "--retry", *part)


def slices(kind, mib, count):
    """Tables of dm-linear that cut disks into pieces, as LVM does."""
    return {"%s-%d" % (kind, i): "0 %d linear /dev/%s%d %d" % (
        mib * 2048, kind, i % DISKS, i // DISKS * mib * 2048) for i in range(count)}


def threads():
    return sum(1 for name in os.listdir("/proc") if name.isdigit())


def stat(field):
    with open("/proc/stat") as file:
        for line in file:
            words = line.split()
            if words[0] == field:
                return int(words[1])
    raise KeyError(field)


def switches(seconds):
    """Context switches a second, of a machine that is left alone."""
    begun = stat("ctxt")
    time.sleep(seconds)
    return (stat("ctxt") - begun) / seconds


class Crowd:
    """Volumes over slices; what they and dm-linear take is noted on the way."""

    def __init__(self, count):
        self.count = count
        self.names = ["v%d" % i for i in range(count)]
        for i in range(DISKS):
            rig.null_blk("data%d" % i, ORIGIN_MIB * (count // DISKS + 1))
            rig.null_blk("meta%d" % i, META_MIB * (count // DISKS + 1), memory=True,
                         delay_ns=DELAY_NS)
        create(slices("meta", META_MIB, count))
        self.linear = self.taken_by(slices("data", ORIGIN_MIB, count))
        for part in parts(["/dev/mapper/meta-%d" % i for i in range(count)]):
            rig.run(FORMAT, str(ORIGIN_MIB * MIB), *part)
        self.refpoint = self.taken_by({
            name: "0 %d refpoint /dev/mapper/meta-%d /dev/mapper/data-%d" % (
                ORIGIN_MIB * 2048, i, i) for i, name in enumerate(self.names)})

    def taken_by(self, tables):
        before, alone = memory.taken(), threads()
        begun = time.perf_counter()
        create(tables)
        seconds = time.perf_counter() - begun
        return {"ms": seconds * 1000 / self.count,
                "bytes": (memory.taken() - before) / self.count,
                "threads": (threads() - alone) / self.count}

    def gone(self):
        remove(self.names)
        for kind in "data", "meta":
            remove(["%s-%d" % (kind, i) for i in range(self.count)])
            for i in range(DISKS):
                rig.null_blk_gone("%s%d" % (kind, i))


def point_over(s, rounds, names, times):
    """The milliseconds of points over these members, all of them dirty."""
    s.collection("bench", names)
    done = []
    for i in range(times):
        for name in names:
            rounds.one("/dev/mapper/" + name, count=GRANULES, span=ORIGIN_MIB * MIB, seed=i)
        begun = time.perf_counter()
        s.point("bench")
        done.append((time.perf_counter() - begun) * 1000)
    s.collection_gone("bench")
    return {"members": len(names), "ms": statistics.median(done)}


def crowd(quick):
    """Idle ones, then points over some of them; metadata of 100 us, no caches."""
    count, seconds = (20, 1) if quick else (IDLE, 10)
    alone = switches(seconds)
    volumes = Crowd(count)
    result = {"count": count, "linear": volumes.linear, "refpoint": volumes.refpoint,
              "switches": {"none": alone, "idle": switches(seconds)}}
    s, rounds = service.Service(), rig.Rounds()
    members = [point_over(s, rounds, volumes.names[:nr], 2 if quick else ROUNDS)
               for nr in MEMBERS if nr <= count]
    result.update({"point": members[-1], "series": {"members": members}})
    s.close()
    volumes.gone()
    return result


MEASURES = {"crowd": crowd}


def rows(b):
    c = b["crowd"]
    most = c["point"]
    yield ("a point over %d volumes" % most["members"], "-", "-", "%.0f ms" % most["ms"], "")
    linear, refpoint = c["linear"], c["refpoint"]
    yield ("one of %d idle volumes" % c["count"], "%.1f KiB" % (linear["bytes"] / 1024), "-",
           "%.1f KiB" % (refpoint["bytes"] / 1024),
           "%.2f" % (linear["bytes"] / refpoint["bytes"]))
    yield ("  threads for each", "%.2f" % linear["threads"], "-",
           "%.2f" % refpoint["threads"], "")
    yield ("  context switches a second, of all", "%.1f" % c["switches"]["none"], "-",
           "%.1f" % c["switches"]["idle"], "")
