# SPDX-License-Identifier: GPL-2.0-only
"""What writers on two processors cost each other, on one volume."""

import os
import signal
import statistics

import rig

ROUNDS = 31
COUNT = 20000


class Neighbour:
    """A process on the other processor that writes to the same device."""

    def __init__(self, device):
        ready, there = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.sched_setaffinity(0, {1})
            rounds = rig.Rounds()
            rounds.one(device)
            os.write(there, b".")
            while True:
                rounds.one(device, count=COUNT, seed=2)
        os.read(ready, 1)
        os.close(ready)
        os.close(there)

    def gone(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def turn(rounds, device):
    """Nanoseconds of a write, alone and beside a writer on the other processor."""
    alone = rounds.one(device, count=COUNT)
    neighbour = Neighbour(device)
    beside = rounds.one(device, count=COUNT)
    neighbour.gone()
    return alone, beside


def cpus(quick):
    """Known granules; a neighbour slows each of them down by so much, which is compared."""
    if os.cpu_count() < 2:
        raise SystemExit("cpus: one processor only")
    known = rig.Known(queues=2)
    os.sched_setaffinity(0, {0})
    turns = [{name: turn(known.rounds, path) for name, path in known.paths.items()}
             for _ in range(2 if quick else ROUNDS)]
    known.gone()
    return {name: {"alone": statistics.median(t[name][0] for t in turns),
                   "beside": statistics.median(t[name][1] for t in turns),
                   "slowed": statistics.median(t[name][1] / t[name][0] for t in turns)}
            for name in known.paths}


MEASURES = {"cpus": cpus}


def rows(b):
    c = b["cpus"]
    for key, name in (("alone", "known 4 KiB writes, one of two processors (QEMU)"),
                      ("beside", "  the other one writes to the same volume")):
        t = {of: c[of][key] for of in c}
        yield (name, "%.0f ns" % t["linear"], "%.0f ns" % t["era"],
               "%.0f ns" % t["refpoint"], "%.2f" % (t["linear"] / t["refpoint"]))
    yield ("  slowed down by that", "%.2f" % c["linear"]["slowed"],
           "%.2f" % c["era"]["slowed"], "%.2f" % c["refpoint"]["slowed"],
           "%.2f" % (c["linear"]["slowed"] / c["refpoint"]["slowed"]))
