# SPDX-License-Identifier: GPL-2.0-only
"""Writes while points are made: what a cut of many volumes costs those who write.

One fio writes at random to all volumes, at a rate that leaves most of the processor
free, so that latencies are of the path and not of a queue. In turns it is alone; a
point is made and one destroyed ten times a second (cutter.c); and, since there is one
processor in this machine, something else takes as much of it as that did.

The same in virtual time, in which only what is waited for takes any: there nothing of
that is left but what holds a write, and each run is like the other.
"""

import bisect
import os
import statistics
import subprocess
import time

import rig

CUTTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cutter")
PERIOD_MS = 100
MIB = 1 << 20
VOLUME = 256 * MIB
DELAY_NS = 100000
# fio's log has times in these.
MSEC = 1000000
MODES = "none", "cuts", "busy"
LOAD = "--ioengine=io_uring", "--iodepth=64", "--rate_iops=4000"
# No clock is read in a loop: time would stand still meanwhile.
LOAD_VIRTUAL = "--ioengine=psync", "--thinktime=250us", "--clocksource=clock_gettime"
INTERVAL = "/sys/module/dm_refpoint/parameters/checkpoint_interval"


def volumes_made(count):
    """Volumes of which every granule is known, in one collection."""
    names = ["v%02d" % i for i in range(count)]
    # What waits for a region again after a checkpoint would do so without cuts too.
    rig.put(INTERVAL, 3600)
    rounds = rig.Rounds()
    for name in names:
        origin = rig.null_blk("o-" + name, VOLUME // MIB, delay_ns=DELAY_NS)
        rig.refpoint(origin, rig.null_blk("m-" + name, 64, memory=True, delay_ns=DELAY_NS),
                     name)
        rounds.one("/dev/mapper/" + name, order="sequence", count=VOLUME // 65536, span=VOLUME,
                   size=65536)
    rig.run("refpoint", "collection", "create", "bench", *names)
    return names


def volumes_gone(names):
    for name in names:
        rig.dm_gone(name)
        rig.null_blk_gone("o-" + name)
        rig.null_blk_gone("m-" + name)


def waited(names):
    """Writes that had to wait for a region to be armed, up to now."""
    return sum(rig.refpoint_show(name)["counters"]["arm-requests"] for name in names)


def cutter(*arguments):
    return subprocess.Popen([CUTTER, str(PERIOD_MS), *map(str, arguments)],
                            stdout=subprocess.PIPE, text=True)


def cut_times(process):
    """It ends now: (begun, durable, ended) of each, in ns of the clock of day."""
    process.terminate()
    out = process.communicate()[0]
    if process.returncode:
        raise SystemExit("cutter: status %d" % process.returncode)
    return [tuple(map(int, line.split())) for line in out.splitlines()]


def spins(seconds):
    """How often this goes round while nobody else wants the processor."""
    end, n = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        n += 1
    return n / seconds


def demand_ms(count):
    """The processor's time that a cut takes, with a destruction: all that is not left."""
    policy, left = os.sched_getscheduler(0), []
    for _ in range(count):
        other = cutter("bench")
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        beside = spins(1)
        cut_times(other)
        left.append(beside / spins(1))
        os.sched_setscheduler(0, policy, os.sched_param(0))
    return max(0, (1 - statistics.median(left)) * PERIOD_MS)


def writes_to(names, seconds, load):
    """Writes as (begin, end) in ns of the clock of day."""
    return rig.fio_log(lambda options: rig.run(
        "fio", "--name=bench", "--direct=1", "--rw=randwrite", "--bs=4k", "--norandommap",
        "--filename=" + ":".join("/dev/mapper/" + name for name in names),
        "--file_service_type=random", "--size=%d" % (VOLUME * len(names)), "--time_based",
        "--runtime=%d" % seconds, *load, *options))


def longest_beside(writes, cuts):
    """The longest write that overlaps a cut, the longest that does not; in us."""
    begins = [begun - MSEC for begun, _, _ in cuts]
    beside = apart = 0
    for begin, end in writes:
        i = bisect.bisect_right(begins, end) - 1
        if i >= 0 and begin <= cuts[i][2] + MSEC:
            beside = max(beside, end - begin)
        else:
            apart = max(apart, end - begin)
    return beside / 1000, apart / 1000


def turn(mode, names, seconds, load=LOAD, busy_ms=0):
    before = waited(names)
    other = None
    if mode == "cuts":
        other = cutter("bench")
    elif mode == "busy":
        other = cutter("--busy", busy_ms)
    writes = writes_to(names, seconds, load)
    took = sorted(end - begin for begin, end in writes)
    result = {"writes": len(took), "p50": took[len(took) // 2] / 1000,
              "p99": took[len(took) * 99 // 100] / 1000,
              "p999": took[len(took) * 999 // 1000] / 1000, "max": took[-1] / 1000}
    if other:
        cuts = cut_times(other)
        result["beside"], result["apart"] = longest_beside(writes, cuts)
        result["point_ms"] = statistics.median(made - begun for begun, made, _ in cuts) / MSEC
    result["waited"] = waited(names) - before
    return result


def measure(quick):
    names = volumes_made(8 if quick else 64)
    busy_ms = demand_ms(1 if quick else 7)
    turns = {mode: [] for mode in MODES}
    for _ in range(1 if quick else 7):
        for mode, done in turns.items():
            done.append(turn(mode, names, 1 if quick else 5, busy_ms=busy_ms))
    volumes_gone(names)
    result = {mode: {key: statistics.median(one[key] for one in done) for key in done[0]}
              for mode, done in turns.items()}
    for mode in MODES[1:]:
        result[mode]["ratio"] = statistics.median(
            mine["p999"] / none["p999"] for mine, none in zip(turns[mode], turns["none"]))
    result["members"] = len(names)
    result["processor_ms"] = busy_ms
    return result


def measure_virtual(quick):
    """Once: it is the same each time."""
    names = volumes_made(8 if quick else 64)
    result = {mode: turn(mode, names, 1 if quick else 2, LOAD_VIRTUAL)
              for mode in ("none", "cuts")}
    volumes_gone(names)
    return {**result, "members": len(names)}


def rows(c):
    yield ("writes to %d volumes: 99.9th percentile" % c["members"], "-", "-",
           "%.0f us" % c["none"]["p999"], "")
    yield ("  with ten cuts of all in a second", "-", "-", "%.0f us" % c["cuts"]["p999"],
           "%.2f" % c["cuts"]["ratio"])
    yield ("  with as much of the processor taken", "-", "-",
           "%.0f us" % c["busy"]["p999"], "%.2f" % c["busy"]["ratio"])
    yield ("  longest beside a cut, and apart", "-", "-",
           "%.0f us, %.0f us" % (c["cuts"]["beside"], c["cuts"]["apart"]), "")
    yield ("  writes that waited for arming", "-", "-", "%d" % c["cuts"]["waited"], "")
    yield ("  a point, asked for to durable", "-", "-", "%.1f ms" % c["cuts"]["point_ms"], "")


def virtual_rows(c):
    none, cuts = c["none"], c["cuts"]
    yield ("writes to %d volumes, virtual time: 99.9th" % c["members"], "-", "-",
           "%.1f us" % none["p999"], "")
    yield ("  with ten cuts of all in a second", "-", "-", "%.1f us" % cuts["p999"],
           "%.2f" % (cuts["p999"] / none["p999"]))
    yield ("  longest of all, without cuts", "-", "-", "%.1f us" % none["max"], "")
    yield ("  longest of all, with them", "-", "-", "%.1f us" % cuts["max"],
           "%.2f" % (cuts["max"] / none["max"]))
