#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Power cuts of a whole machine with a kernel as shipped.

Starts disks (selftests/nbd) and a machine on them (selftests/vm/run), in which
whole.c tracks three volumes. At some request the disks freeze, all at one instant;
the machine is killed, the disks keep what the seed says, and the next life of the
machine recovers and judges. What the machine knew is in memory of this host.

    whole.py --kernel debian-6.12 [--cuts N] [--seed N] [--plant WHAT | --plants]

RP_CUTS and RP_SEED say the same as the options. The seed decides what survives and
after how many requests power goes, but not which requests these are. Output is
KTAP. A plant is a fault that has to be found:

    lose-one        a list without one granule that was written (I1)
    origin-flush    the origins' flushes do nothing (I3; museum B3)
    metadata-flush  flushes of the metadata do nothing (I2; museum B1)
"""

import argparse
import mmap
import os
import random
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
RUN = os.path.join(HERE, "..", "vm", "run")
GUEST = os.path.join(HERE, "whole-guest.sh")
PLUGIN = os.path.join(HERE, "..", "nbd", "disks.so")

# A few regions of 4 MiB each, the last one short, the last granule cut off.
VOLUMES = {"cuta": 34819, "cutb": 49152, "cutc": 65535}
METADATA = 8192
MEMORY = 128 << 20
PLANTS = ("lose-one", "origin-flush", "metadata-flush")

# As in whole.c and, for the offsets, struct keep of oracle.h.
PHASE_UP, PHASE_JUDGE, PHASE_LIVE = 1, 2, 3
ORDER_LIVE, ORDER_UP_AND_DOWN = 0, 1
PHASE_AT, ORDER_AT = 8, 12

# The runner's status for a machine that lost power.
STATUS_CUT = 137
# Of a life, in seconds; and until a cut that does not come by itself is made.
LIMIT = 400
PATIENCE = 20


class Broken(Exception):
    """The test itself did not work, or the kernel complained."""


class Disks:
    """All disks, and the power. What survives it is in the folder."""

    names = [v + "-data" for v in VOLUMES] + [v + "-meta" for v in VOLUMES]
    sizes = list(VOLUMES.values()) + [METADATA] * len(VOLUMES)

    def __init__(self, folder):
        self.nbd = os.path.join(folder, "nbd")
        control = os.path.join(folder, "control")
        for path in (self.nbd, control):
            if os.path.exists(path):
                os.unlink(path)
        self.log = open(os.path.join(folder, "nbdkit.log"), "w+", encoding="utf-8")
        self.child = subprocess.Popen(
            ["nbdkit", "--foreground", "--exit-with-parent", "--unix", self.nbd, PLUGIN,
             "control=" + control, "folder=" + folder, "latency=3000"] +
            ["disk=%s:%d" % d for d in zip(self.names, self.sizes)],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            # It may abort when the machine is killed amid its answers.
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
        self.socket = socket.socket(socket.AF_UNIX)
        until = time.monotonic() + 60
        while not self.connected(control):
            if self.child.poll() is not None or time.monotonic() > until:
                self.child.kill()
                self.log.seek(0)
                raise Broken("nbdkit does not come up: " + self.log.read())
            time.sleep(0.02)
        self.lines = self.socket.makefile("r")

    def connected(self, control):
        try:
            if os.path.exists(self.nbd):
                self.socket.connect(control)
                return True
        except OSError:
            pass
        return False

    def say(self, line):
        self.socket.sendall(line.encode() + b"\n")
        answer = self.lines.readline().strip()
        if answer in ("", "error"):
            raise Broken("disks: %s: %s" % (line, answer))
        return answer

    def drives(self):
        for name in self.names:
            yield "--drive"
            yield "%s=nbd:unix:%s:exportname=%s" % (name, self.nbd, name)

    def close(self):
        # Frozen, it does not end otherwise.
        self.child.kill()
        self.child.wait()
        self.lines.close()
        self.socket.close()
        self.log.close()


class Memory:
    """What outlives the machine."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "memory")
        with open(self.path, "wb+") as f:
            f.truncate(MEMORY)
            self.map = mmap.mmap(f.fileno(), 4096)

    def phase(self):
        return struct.unpack_from("<I", self.map, PHASE_AT)[0]

    def begin(self, order):
        struct.pack_into("<II", self.map, PHASE_AT, 0, order)


class Story:
    def __init__(self, kernel, cuts, seed, plant, folder):
        self.kernel = kernel
        self.cuts = cuts
        self.seed = seed
        self.plant = plant
        self.folder = folder
        self.chance = random.Random(seed)
        self.disks = None
        self.memory = Memory(folder)
        self.machine = None
        self.lives = 0
        self.done = 0

    def start(self, order):
        self.memory.begin(order)
        self.disks = Disks(self.folder)
        self.lives += 1
        self.output = os.path.join(self.folder, "output")
        command = [RUN, "--kernel", self.kernel, "--timeout", str(LIMIT), "--memory",
                   "512", "--shared", self.memory.path, *self.disks.drives(), "--",
                   "bash", GUEST, "first" if self.lives == 1 else "again", "--seed",
                   str(self.seed), "--rounds", str(self.cuts)]
        if self.plant == "lose-one":
            command += ["--plant", "lose-one"]
        with open(self.output, "w", encoding="utf-8") as out:
            self.machine = subprocess.Popen(
                command + list(VOLUMES), stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT)
        self.begun = time.monotonic()

    def until_phase(self, phase):
        """Whether it came to that; not if the machine ended by itself."""
        while self.memory.phase() != phase:
            if self.machine.poll() is not None:
                return False
            time.sleep(0.005)
        return True

    def until_cut(self):
        """Whether power went; not if the machine ended by itself."""
        until = time.monotonic() + PATIENCE
        while self.disks.say("wait 100") != "gone":
            if self.machine.poll() is not None:
                return False
            if time.monotonic() > until:
                self.disks.say("arm %d 0" % self.chance.getrandbits(32))
        return True

    def lie(self):
        part = {"origin-flush": "-data", "metadata-flush": "-meta"}.get(self.plant)
        for name in self.disks.names:
            if part and name.endswith(part):
                self.disks.say("lie " + name)

    def life(self):
        """One life of the machine. Whether the next one is to follow."""
        # Not the first one, nor the last: these have work to do.
        again = self.lives and self.chance.random() < 0.15
        self.start(ORDER_UP_AND_DOWN if again else ORDER_LIVE)
        if not self.until_phase(PHASE_UP if again else PHASE_LIVE):
            return False
        came = time.monotonic()
        self.lie()
        if again:
            count = 1 + self.chance.randrange(80)
        else:
            count = 1 + self.chance.randrange(self.chance.choice((30, 200, 1000, 3000)))
        self.disks.say("arm %d %d" % (self.chance.getrandbits(32), count))
        if not self.until_cut():
            return False
        told = self.disks.say("tell")
        self.machine.send_signal(signal.SIGUSR1)
        status = self.machine.wait()
        self.disks.close()
        if status != STATUS_CUT:
            return False
        what = "while coming up" if again else "at work"
        print("# life %d: cut %s after %.1f + %.1f s: %s" % (
            self.lives, what, came - self.begun, time.monotonic() - came,
            told), flush=True)
        self.done += 1
        return True

    def tell(self):
        """How it ended, as lines of KTAP, and the exit status."""
        status = self.machine.wait()
        with open(self.output, encoding="utf-8", errors="replace") as out:
            lines = [line for line in out.read().splitlines()
                     if not line.startswith("TAP version")]
        if status in (STATUS_CUT, 0, 1) and any(re.match(r"1\.\.", x) for x in lines):
            return lines, status
        if not any(x.startswith("Bail out!") for x in lines):
            raise Broken("the machine ended with status %d:\n%s" % (
                status, "\n".join("# " + x for x in lines)))
        return lines, 1

    def run(self):
        try:
            while self.life():
                pass
            return self.tell()
        finally:
            if self.machine and self.machine.poll() is None:
                self.machine.terminate()
                self.machine.wait()
            if self.disks:
                self.disks.close()


def one_story(args, plant):
    folder = tempfile.mkdtemp(prefix="refpoint-whole.")
    try:
        return Story(args.kernel, args.cuts, args.seed, plant, folder).run()
    except Broken as err:
        return ["Bail out! broken: %s" % err], 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def plants(args):
    """Each has to be found by a judgement, not by a test that breaks."""
    print("1..%d" % len(PLANTS))
    failed = 0
    for n, plant in enumerate(PLANTS, 1):
        lines, status = one_story(args, plant)
        said = [x for x in lines if re.match(r"# cut \d|not ok|Bail", x)]
        for line in said or lines:
            print("# %s: %s" % (plant, line))
        good = status == 1 and any(re.match(r"not ok|Bail", x) for x in lines)
        failed |= not good
        print("%sok %d %s is found" % ("" if good else "not ", n, plant), flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(description="Power cuts of a whole machine.")
    parser.add_argument("--kernel", default="debian-6.12")
    parser.add_argument("--cuts", type=int, default=os.environ.get("RP_CUTS", "3"))
    parser.add_argument("--seed", type=int, default=os.environ.get(
        "RP_SEED", str(random.SystemRandom().getrandbits(32))))
    parser.add_argument("--plant", choices=PLANTS)
    parser.add_argument("--plants", action="store_true")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print("TAP version 13\n# RP_SEED=%d" % args.seed, flush=True)
    if args.plants:
        return plants(args)
    begun = time.monotonic()
    lines, status = one_story(args, args.plant)
    print("\n".join(lines))
    print("# %.1f s" % (time.monotonic() - begun))
    return status


if __name__ == "__main__":
    sys.exit(main())
