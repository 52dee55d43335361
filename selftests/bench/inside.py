#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The measurements themselves, in a virtual machine; JSON on standard output.

usage: inside.py [--quick] [--only NAME,...]		(bench.py calls it)

Absolute times are of this machine and this minute. What is compared is measured
in turns, so that ratios mean something.
"""

import argparse
import json
import statistics
import sys

import activation
import cpus
import crowd
import cuts
import lists
import memory
import points
import rates
import rig
import writes

GIB = 1 << 30


def steady(quick):
    """What bios to known granules cost inside the kernel, in nanoseconds."""
    known = rig.Known()
    paths = {"null_blk": known.origin, **known.paths}
    result = {}
    for op in "write", "read":
        least = known.rounds.compare(paths.values(), 10 if quick else 200, op=op)
        result[op] = {name: least[path] for name, path in paths.items()}
    known.gone()
    return result


def first_of(name, origin, metadata, ios):
    """One run of first writes on metadata that have just been made."""
    disk = metadata.get(name)
    path = rig.linear(origin) if not disk else getattr(rig, name)(origin, "/dev/" + disk)
    before = rig.bytes_written(disk) if disk else 0
    run = rig.fio(path, "randwrite", "4k", 64 * GIB, ios)
    if disk:
        run["metadata_per_gib"] = (rig.bytes_written(disk) - before) * GIB / (ios * 4096)
    if name == "refpoint":
        volume = rig.refpoint_show()
        run["crash_would_report"] = volume["counters"]["regions-armed"] * volume["region"]
    rig.dm_gone(name)
    return run


def first(quick):
    """First writes, 4 KiB at random over 64 GiB; a metadata device of 100 us."""
    origin = rig.null_blk("origin", 65536)
    metadata = {"era": "meta-era", "refpoint": "meta-rp"}
    for disk in metadata.values():
        rig.null_blk(disk, 1024, memory=True, delay_ns=100000)
    runs = {"linear": [], "era": [], "refpoint": []}
    for _ in range(1 if quick else 7):
        for name, done in runs.items():
            done.append(first_of(name, origin, metadata, 5000 if quick else 200000))
    for disk in "origin", *metadata.values():
        rig.null_blk_gone(disk)
    return {name: {key: statistics.median(run[key] for run in done) for key in done[0]}
            for name, done in runs.items()}


# What bench.py shows, and what plot.py draws.
MEASURES = {"steady": steady, "first": first, **rates.MEASURES, "cuts": cuts.measure,
            "cuts-virtual": cuts.measure_virtual}
for noun in lists, memory, activation, points, crowd, writes, cpus:
    MEASURES.update(noun.MEASURES)


def main():
    """All of them, or those that are named; series are for plots."""
    parser = argparse.ArgumentParser(description="The measurements themselves.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", metavar="NAME,...")
    args = parser.parse_args()
    rig.prepare()
    if not args.quick:
        rig.touch_memory()
    figures, series = {}, {}
    for name in args.only.split(",") if args.only else MEASURES:
        figures[name] = MEASURES[name](args.quick)
        series.update(figures[name].pop("series", {}))
    figures["series"] = series
    json.dump(figures, sys.stdout, indent=1)
    print()


main()
