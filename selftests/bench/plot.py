#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draws the series of bench.json with gnuplot, one SVG file for each.

usage: plot.py [--input FILE] [--output DIRECTORY]

Nothing of the machine, the version or the time is in them: the same figures give
the same files.
"""

import argparse
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# file: series, its x, what is drawn (title, path of keys), labels, gnuplot's settings
PLOTS = {
    "activation": ("activation", "size", (
        ("dm-linear", ("linear", "ms")),
        ("refpoint, after an orderly end", ("clean", "ms")),
        ("refpoint, after a power cut", ("cut", "ms"))),
        "size of the volume", "activation, ms", "sizes"),
    "activation-memory": ("activation", "size", (
        ("after an orderly end", ("clean", "bytes")),
        ("after a power cut, 1000 regions armed", ("cut", "bytes"))),
        "size of the volume", "memory taken by activation", "sizes bytes"),
    "list-size": ("list_by_size", "size", (("refpoint changes", ("ms",)),),
                  "size of the volume, 8192 writes", "list, ms", "sizes"),
    "list-share": ("list_by_share", "share", (("refpoint changes", ("ms",)),),
                   "writes for each 100 granules of 64 GiB", "list, ms", "logx logy"),
    "points": ("points", "points", (("refpoint point create", ("ms",)),),
               "number of the point", "until it is durable, ms", "zero"),
    "points-bytes": ("points", "points", (("metadata written", ("bytes",)),),
                     "number of the point", "metadata written by a point", "zero bytes"),
    "members": ("members", "members", (("a point over them", ("ms",)),),
                "members, all dirty; metadata of 100 us", "until it is durable, ms",
                "logx logy"),
    "granule-first": ("writes_by_granule", "granule", (
        ("dm-linear", ("linear", "first")), ("dm-era", ("era", "first")),
        ("refpoint", ("refpoint", "first"))),
        "granule; 4 KiB at random over 64 GiB, depth 64", "first write, ns", "sizes logy"),
    "granule-known": ("writes_by_granule", "granule", (
        ("dm-linear", ("linear", "known")), ("dm-era", ("era", "known")),
        ("refpoint", ("refpoint", "known"))),
        "granule; 4 KiB at random over 1 GiB, depth 64", "write to a known granule, ns",
        "sizes zero"),
    "depth-first": ("writes_by_depth", "depth", (
        ("dm-linear", ("linear", "first")), ("dm-era", ("era", "first")),
        ("refpoint", ("refpoint", "first"))),
        "queue depth; 4 KiB at random over 64 GiB", "first write, ns", "logx logy"),
}

SETTINGS = {
    "sizes": ['set logscale x 2', 'set format x "%.0b %BB"'],
    "bytes": ['set logscale y 2', 'set format y "%.0b %BB"'],
    "logx": ["set logscale x"],
    "logy": ["set logscale y"],
    "zero": ["set yrange [0:*]"],
}


def script(rows, x, lines, xlabel, ylabel, settings):
    """What gnuplot is told: the data, then the picture."""
    yield "$data << END"
    for row in rows:
        values = [row[x]]
        for _, path in lines:
            value = row
            for key in path:
                value = value[key]
            values.append(value)
        yield " ".join("%.6g" % v if isinstance(v, float) else str(v) for v in values)
    yield "END"
    yield 'set terminal svg size 640,380 dynamic font "sans-serif,12" background "white"'
    yield "set grid"
    yield "set key top left"
    yield 'set xlabel "%s"' % xlabel
    yield 'set ylabel "%s"' % ylabel
    for name in settings.split():
        yield from SETTINGS[name]
    yield "plot " + ", ".join(
        '$data using 1:%d with linespoints linewidth 2 title "%s"' % (i + 2, title)
        for i, (title, _) in enumerate(lines))


def draw(series, plot):
    name, *how = plot
    out = subprocess.run(["gnuplot"], input="\n".join(script(series[name], *how)) + "\n",
                         capture_output=True, text=True, check=True).stdout
    # Which version drew it says nothing, and makes other files of the same figures.
    out = re.sub(r"Produced by GNUPLOT[^<]*", "", out)
    return "\n".join(line.rstrip() for line in out.splitlines()) + "\n"


def main():
    parser = argparse.ArgumentParser(description="Draws the series of bench.json.")
    parser.add_argument("--input", default="bench.json", metavar="FILE")
    parser.add_argument("--output", metavar="DIRECTORY",
                        default=os.path.join(HERE, "../../Documentation/plots"))
    args = parser.parse_args()
    with open(args.input) as file:
        series = json.load(file)["series"]
    os.makedirs(args.output, exist_ok=True)
    for name, plot in PLOTS.items():
        if plot[0] in series:
            with open(os.path.join(args.output, name + ".svg"), "w") as file:
                file.write(draw(series, plot))


sys.exit(main())
