#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Counts the instructions that the pure core spends, and compares: never seconds.

usage: instructions.py [--update]

life.c is run under callgrind. Of each of its parts counts what is compiled from a
line of kmod/core; not the script around it, not the C library, and not port_user.c,
which stands for what the kernel brings along (checksums, memory).

Instructions are the same in every run, but not of every compiler. So there are two
kinds of test. Ratios between parts hold whoever compiles: that a part does not cost
more because there is more of something. The counts themselves are compared with
instructions.baseline, which names the compiler that it is of; with another one that
is skipped. What is below the baseline by more than the tolerance is said, and is no
failure: --update writes it down, so that it cannot be lost again.

Output is KTAP. The counts are its comments; Documentation/performance-path.rst
shows them.
"""

import argparse
import collections
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
KSFT_SKIP = 4
BASELINE = os.path.join(HERE, "instructions.baseline")
COUNTED = re.compile(r"/kmod/core/([a-z_]+\.[ch])$")
NOT_COUNTED = "port_user.c"
MANY = 250  # NR_POINTS of life.c

# A compiler's update may move a part by some per cent. A write to a known granule is
# what everybody pays for: of it one more look at anything is to be seen.
TOLERANCE = collections.defaultdict(lambda: 0.10, known=0.04, first=0.04)


class Part:
    """One part of the life: instructions for each of what it is a price of."""

    def __init__(self, name, number, what, files):
        self.name = name
        self.what = what
        self.files = {file: n / number for file, n in files.items()}
        self.each = sum(self.files.values())


def counts(path):
    """Instructions by file, of one dump of callgrind's."""
    files = collections.Counter()
    name = None
    inclusive = False
    with open(path, encoding="utf-8") as dump:
        for line in dump:
            if line[:3] in ("fl=", "fi=", "fe="):
                match = COUNTED.search(line.rstrip())
                name = match and match.group(1)
            elif line.startswith("calls="):
                # The line after it has the costs of what is called, counted there.
                inclusive = True
            elif line[:1].isdigit() or line[:1] in "+-*":
                if name and name != NOT_COUNTED and not inclusive:
                    files[name] += int(line.split()[1])
                inclusive = False
    return files


def live(program):
    """The parts of one life, by name."""
    names = subprocess.run(["nm", program], check=True, stdout=subprocess.PIPE, text=True)
    dumps = ["--dump-after=" + line.split()[2] for line in names.stdout.splitlines()
             if " part_" in line]
    with tempfile.TemporaryDirectory() as scratch:
        out = os.path.join(scratch, "out")
        done = subprocess.run(
            ["valgrind", "-q", "--tool=callgrind", "--toggle-collect=part_*", *dumps,
             "--compress-strings=no", "--compress-pos=no", "--callgrind-out-file=" + out,
             program], check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            bail("%s: status %d: %s" % (program, done.returncode, done.stderr.strip()))
        told = [line.split(" ", 2) for line in done.stdout.splitlines()]
        parts = [Part(name, int(number), what, counts("%s.%d" % (out, i + 1)))
                 for i, (name, number, what) in enumerate(told)]
    return {part.name: part for part in parts}


def bail(why):
    print("Bail out! " + why)
    sys.exit(1)


def compiler():
    """Whose counts these are: the first number of its version decides."""
    done = subprocess.run([os.environ.get("CC", "cc"), "--version"], check=True,
                          stdout=subprocess.PIPE, text=True)
    name = "gcc" if "Free Software Foundation" in done.stdout else "other"
    version = re.search(r"\d+", done.stdout.splitlines()[0].split(")")[-1])
    return "%s-%s %s" % (name, version.group(0) if version else "?", platform.machine())


def read_baseline():
    """The compiler, and the counts by name."""
    with open(BASELINE, encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip() and line[0] != "#"]
    return " ".join(lines[0][1:]), {name: float(n) for name, n in lines[1:]}


def write_baseline(parts):
    with open(BASELINE, "w", encoding="utf-8") as file:
        file.write("# Written by instructions.py --update; each: see life.c.\n")
        file.write("compiler %s\n" % compiler())
        for part in parts.values():
            file.write("%s %.1f\n" % (part.name, part.each))


def worse(parts, baseline):
    """Which of the parts cost more than they should, in words; and which cost less."""
    more, less = [], []
    for name in (name for name in parts if name in baseline):
        now, was = parts[name].each, baseline[name]
        text = "%s: %.1f instructions, the baseline has %.1f" % (name, now, was)
        if now > was * (1 + TOLERANCE[name]):
            more.append(text)
        elif now < was * (1 - TOLERANCE[name]):
            less.append(text)
    return more, less


class Ktap:
    def __init__(self, plan):
        self.number = 0
        self.failed = 0
        print("KTAP version 1\n1..%d" % plan)

    def result(self, good, name, skip=None):
        self.number += 1
        self.failed += not good
        print("%sok %d %s%s" % ("" if good else "not ", self.number, name,
                                " # SKIP " + skip if skip else ""))

    def ratio(self, name, what, ratio, limit):
        print("# %s: %.4f, %.4f at most" % (what, ratio, limit))
        self.result(ratio <= limit, name)


def main():
    parser = argparse.ArgumentParser(description="Counts the core's instructions.")
    parser.add_argument("--update", action="store_true", help="write the baseline")
    args = parser.parse_args()
    if not shutil.which("valgrind"):
        print("1..0 # SKIP no valgrind")
        return KSFT_SKIP
    subprocess.run(["make", "-s", "-C", HERE, "all"], check=True)
    parts = live(os.path.join(HERE, "build/life"))
    if args.update:
        write_baseline(parts)

    ktap = Ktap(5)
    for part in parts.values():
        print("# %s: %.1f instructions for each %s" % (part.name, part.each, part.what))
    for name in "known", "first":
        print("# %s, by file: %s" % (name, ", ".join(
            "%s %.1f" % item for item in sorted(parts[name].files.items()))))

    compiled, baseline = read_baseline()
    more, less = worse(parts, baseline)
    if compiled == compiler():
        for text in more + less:
            print("# " + text)
        if less:
            print("# less is better: instructions.py --update")
        ktap.result(not more, "counts_as_in_the_baseline")
    else:
        ktap.result(True, "counts_as_in_the_baseline", "the baseline is of %s, this is %s"
                    % (compiled, compiler()))
    each = {name: part.each for name, part in parts.items()}
    ktap.ratio("known_is_less_than_first", "a known granule's write, of a first one",
               each["known"] / each["first"], 0.6)
    # A commit looks at each record, in memory: that is to stay next to nothing.
    ktap.ratio("points_cost_little_by_their_number",
               "what a point more adds to a point, of one",
               (each["points_after_many"] / each["points"] - 1) / MANY, 0.0005)
    ktap.result(set(baseline) == set(parts), "baseline_has_every_part")
    # The test of the test: against this very compiler's own counts.
    mutant = live(os.path.join(HERE, "build/life-mutant"))
    more, _ = worse(mutant, each)
    for text in more:
        print("# the mutant's " + text)
    ktap.result(len(more) == 2, "a_second_look_is_seen_in_both_writes")
    return 1 if ktap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
