# SPDX-License-Identifier: GPL-2.0-only
"""The table of tests, and the places where a test can run."""

import glob
import os
import re
import sys
import time

TREE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

# For each place: by how much it is slower than what the timeouts of the table
# are meant for; how many lanes of two it takes (what is `alone` wants the machine
# for itself); how many tests share a boot; what it wears out. User Mode Linux is
# all page faults and switches of the host, which a host that is itself a virtual
# machine may do one at a time: two of its kernels are then no faster than one after
# the other. An emulated machine only computes. So a pair of unlikes is run.
#
# In the order in which they have their turn: where time is short, the emulated
# machines, which repeat what User Mode Linux has done already, are to go without.
PLACES = {
    "alone": (1, 2, 1, None),
    "uml-debug": (4, 1, 6, "faults"),
    "host": (1, 1, 1, None),
    "uml": (2, 1, 8, "faults"),
    "debian-6.12": (6, 1, 6, "computes"),
    "debian-6.1": (6, 1, 6, "computes"),
    "kcsan": (8, 1, 50, "computes"),
}


# "turn" stands for uml, and for uml-debug with every third test, which three days in
# a row are others; in the tier full, for uml-debug.
TURNS = 3


def in_turn(place, number, full):
    if place != "turn":
        return place
    day = int(os.environ.get("RP_DAY") or time.strftime("%j"))
    return "uml-debug" if full or (number + day) % TURNS == 0 else "uml"


class Test:
    """One program at one place."""

    def __init__(self, name, place, command, timeout):
        place, _, self.needs = place.partition(":")
        self.place = place
        self.needs = self.needs or place
        self.name = name if place in ("host", "alone") else name + "@" + place
        self.command = command
        self.timeout = timeout * PLACES[place][0]
        self.wears = PLACES[self.needs][3]
        self.log = None
        self.outcome = None
        self.seconds = 0.0


def expand(name, command):
    """A row may stand for many programs: "*" in the command is a file name's."""
    if "*" not in command:
        return [(name, command)]
    found = sorted(p for p in glob.glob(os.path.join(TREE, command))
                   if os.access(p, os.X_OK))
    if not found:
        raise ValueError
    stems = [os.path.splitext(os.path.basename(p))[0] for p in found]
    return [(name.replace("*", s), os.path.relpath(p, TREE))
            for s, p in zip(stems, found)]


def read_table(path, full):
    tests, seen, turn = [], set(), 0
    with open(path, encoding="utf-8") as table:
        for number, line in enumerate(table, 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = [f.strip() for f in line.split("|")]
            try:
                name, places, command, timeout, tier = fields
                if tier not in ("check", "full") or (name, command) in seen:
                    raise ValueError
                seen.add((name, command))
                if tier == "full" and not full:
                    continue
                places = [p.strip("()") for p in re.split(r"[ ,]+", places)
                          if full or not p.startswith("(")]
                for one, program in expand(name, command):
                    tests += [Test(one, in_turn(p, turn, full), program, int(timeout))
                              for p in places]
                    turn += "turn" in places
            except (ValueError, KeyError):
                sys.exit("%s:%d: not a test: %s" % (path, number, line.strip()))
    return tests
