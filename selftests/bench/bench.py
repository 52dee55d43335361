#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Measures refpoint beside dm-linear and dm-era in a virtual machine.

usage: bench.py [--quick] [--only NAME,...] [--output FILE]

Prints a table and writes all figures to FILE (bench.json). --quick: only to see
that it runs. --only: these measurements (NAMES below).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import activation
import cpus
import crowd
import cuts
import lists
import memory
import points
import processor
import rates
import writes

HERE = os.path.dirname(os.path.abspath(__file__))


def measure(machine_options, quick, names):
    """The figures of some measurements, all in one machine."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [os.path.join(HERE, "../vm/run"), *machine_options,
                   "--timeout", "3600", "--", os.path.join(HERE, "inside.py")]
        command += ["--quick"] if quick else []
        command += ["--only", ",".join(names)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                              env=dict(os.environ, SCRATCH=scratch)) as machine:
            watch = processor.Watch(machine.pid)
            watch.start()
            out = machine.stdout.read()
    if machine.returncode:
        raise SystemExit("bench: the measurements failed (status %d)" % machine.returncode)
    figures = json.loads(out)
    for name in rates.MEASURES.keys() & figures.keys():
        figures[name] = rates.figures(figures[name], watch)
    return figures


def steady_rows(b):
    for op, name in ("write", "4 KiB write, known granule"), ("read", "4 KiB read"):
        t = b[op]
        yield (name + ", in the kernel", "%.0f ns" % t["linear"],
               "%+.0f ns" % (t["era"] - t["linear"]),
               "%+.0f ns" % (t["refpoint"] - t["linear"]),
               "%.2f" % (t["linear"] / t["refpoint"]))


def first_rows(f):
    yield ("first writes, random 4 KiB", "%.0f IOPS" % f["linear"]["iops"],
           "%.0f IOPS" % f["era"]["iops"], "%.0f IOPS" % f["refpoint"]["iops"],
           "%.2f" % (f["refpoint"]["iops"] / f["linear"]["iops"]))
    yield ("  99th percentile", "%.0f us" % f["linear"]["p99"],
           "%.0f us" % f["era"]["p99"], "%.0f us" % f["refpoint"]["p99"],
           "%.2f" % (f["refpoint"]["p99"] / f["linear"]["p99"]))
    mib = 1 << 20
    yield ("  metadata written per GiB", "-", "%.0f MiB" % (f["era"]["metadata_per_gib"] / mib),
           "%.0f MiB" % (f["refpoint"]["metadata_per_gib"] / mib), "")
    yield ("  a crash would report", "-", "-",
           "%.1f GiB" % (f["refpoint"]["crash_would_report"] / (1 << 30)), "")


# Of each measurement: dm-linear, dm-era, refpoint, refpoint against dm-linear, and
# perhaps dm-log-writes.
ROWS = {
    "steady": steady_rows,
    "known": rates.known_rows,
    "first": first_rows,
    "stream": rates.stream_rows,
    "cuts": cuts.rows,
    "cuts-virtual": cuts.virtual_rows,
}
# Likewise, by the noun that it is about.
NOUNS = lists, memory, activation, points, crowd, writes, cpus
NAMES = [*ROWS, *(name for noun in NOUNS for name in noun.MEASURES)]
# Those in which what is computed shall take no time.
VIRTUAL = {"cuts-virtual"}
# Those that need two processors, which User Mode Linux has not got.
TWO = {"cpus"}


def rows(figures):
    for name in filter(figures.get, ROWS):
        yield from ROWS[name](figures[name])
    for noun in NOUNS:
        if any(name in figures for name in noun.MEASURES):
            yield from noun.rows(figures)


def main():
    parser = argparse.ArgumentParser(description="Measures refpoint beside others.")
    parser.add_argument("--quick", action="store_true", help="only to see that it runs")
    parser.add_argument("--only", metavar="NAME,...", default=",".join(NAMES))
    parser.add_argument("--output", default="bench.json", metavar="FILE")
    args = parser.parse_args()
    subprocess.run(["make", "-s", "-C", HERE], check=True)
    names = args.only.split(",")
    if not set(names) <= set(NAMES):
        parser.error("--only: these are " + " ".join(NAMES))
    figures = {"series": {}}
    uml = ("--kernel", "uml", "--memory", "6144")
    for options, of in ((uml, set(names) - VIRTUAL - TWO),
                        ((*uml, "--virtual-time"), set(names) & VIRTUAL),
                        (("--kernel", "debian-6.12"), set(names) & TWO)):
        if of:
            some = measure(options, args.quick, [name for name in names if name in of])
            figures["series"].update(some.pop("series"))
            figures.update(some)
    table = [("", "dm-linear", "dm-era", "refpoint", "ratio", "dm-log-writes")]
    for row in rows(figures):
        table.append((*row, "")[:6])
    widths = [max(len(row[i]) for row in table) for i in range(6)]
    for row in table:
        print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip())
    with open(args.output, "w") as file:
        json.dump(figures, file, indent=1)
        file.write("\n")


sys.exit(main())
