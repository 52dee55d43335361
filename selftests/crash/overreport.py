#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The excess after a power cut against its bound: see overreport.sh.

Each round makes a point, writes to all volumes at their rates, takes power from
all disks at some instant, brings the volumes up and asks for the changes from the
point to now. A granule that is reported and was not written is excess. Output is
KTAP, with the table as comments.
"""

import argparse
import json
import mmap
import os
import random
import subprocess
import sys
import threading
import time

PARAMETER = "/sys/module/dm_refpoint/parameters/checkpoint_interval"
# Checkpoint intervals in seconds, one round each: a second is the shortest.
ROUNDS = (1, 2, 3)
PAGE = 4096
PIECE = 128 << 10


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", check=False)
    if done.returncode:
        print("Bail out! %s: %s" % (" ".join(command), done.stdout.strip()))
        sys.exit(1)
    return done.stdout


def set_interval(text):
    """Return: what it was."""
    with open(PARAMETER, "r+", encoding="ascii") as parameter:
        was = parameter.read().strip()
        parameter.write(text)
    return was


def short(size):
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size >= 1 << shift:
            return "%.4g %s" % (size / (1 << shift), unit)
    return str(size)


class Volume:
    """What is written to one volume, and which of its granules that touched."""

    def __init__(self, case):
        self.name, self.pattern, rate = case.split(":")
        self.rate = int(rate)
        self.up()
        shown = json.loads(run("refpoint", "volume", "show", self.name, "--json"))
        self.granule = shown["granule"]
        self.region = shown["region"]
        self.size = shown["capacity"]
        self.regions = -(-self.size // self.region)
        self.at = 0
        self.order = []

    def up(self):
        data, meta = ("/dev/mapper/%s-%s" % (self.name, x) for x in ("data", "meta"))
        sectors = run("blockdev", "--getsz", data).strip()
        run("dmsetup", "create", self.name, "--table",
            "0 %s refpoint %s %s" % (sectors, meta, data))

    def down(self):
        run("dmsetup", "remove", "--retry", self.name)

    def checkpoint(self):
        """Return: the seconds that it took."""
        begun = time.monotonic()
        run("dmsetup", "message", self.name, "0", "checkpoint")
        return time.monotonic() - begun

    # ---- writing ----

    def begin(self, chance):
        # Any of the granules in which a write was begun, or had ended for sure
        # before power went.
        self.begun, self.ended, self.count = set(), set(), 0
        self.stop = False
        self.chance = chance
        self.at = chance.randrange(self.size // 2) & -PIECE
        self.thread = threading.Thread(target=self.write)
        self.thread.start()

    def end(self):
        self.stop = True
        self.thread.join()

    def where(self):
        """Offset and length of the next write. Random ones come to each region
        once before one gets a second: all of them arm one."""
        if self.pattern == "stream":
            self.at += PIECE
            return self.at - PIECE, PIECE
        if self.pattern == "hot":
            return 0, PAGE
        if not self.order:
            self.order = self.chance.sample(range(self.regions),
                                            min(self.regions, 4096))
        start = self.order.pop() * self.region
        room = min(self.region, self.size - start) // PAGE
        return start + self.chance.randrange(room) * PAGE, PAGE

    def write(self):
        buffer = mmap.mmap(-1, PIECE)
        pause = (PIECE if self.pattern == "stream" else 1) / self.rate
        fd = os.open("/dev/mapper/" + self.name, os.O_WRONLY | os.O_DIRECT)
        due = time.monotonic()
        while not self.stop:
            offset, length = self.where()
            granules = range(offset // self.granule,
                             (offset + length - 1) // self.granule + 1)
            self.begun.update(granules)
            os.pwrite(fd, memoryview(buffer)[:length], offset)
            if not power.gone:
                self.ended.update(granules)
                self.count += 1
            # What is late is not made up for, or the rate would be above.
            due = max(due + pause, time.monotonic())
            time.sleep(max(0, due - time.monotonic()))
        os.close(fd)

    # ---- judging ----

    def armed(self):
        shown = json.loads(run("refpoint", "volume", "show", self.name, "--json"))
        return shown["counters"]["regions-armed"]

    def reported(self, point):
        """Granules that have changed since, as the tool says."""
        found = set()
        for line in run("refpoint", "changes", self.name, "--from", point).split("\n"):
            if line:
                offset, length = (int(x) for x in line.split()[:2])
                found.update(range(offset // self.granule,
                                   -(-(offset + length) // self.granule)))
        return found

    def bound(self, interval, pause):
        """As in Documentation/design.rst, "The bound"."""
        if self.pattern == "stream":
            # Between where it began and where it is, all is written. Ahead of it
            # no more is armed than that, and no more than 32 regions.
            written = max(1, len({g * self.granule // self.region for g in self.begun}))
            return (2 + min(written, 32)) * self.region
        armed = int(self.rate * (interval + 2 * pause)) + 1
        # Each was asked for by a write, or is one of eight of which half were.
        return min(2 * armed, self.regions) * self.region


class Power:
    """The disks' power; while it is there, how late a thread may be."""

    def __init__(self):
        self.gone = False
        self.late = 0

    def watch(self):
        while not self.gone:
            begun = time.monotonic()
            time.sleep(0.02)
            self.late = max(self.late, time.monotonic() - begun - 0.02)

    def cut(self, disk, seed):
        # Ghostly: I/O goes on, so that all can be taken down in order, and none
        # of it will have been.
        self.gone = True
        run("dmsetup", "message", disk, "0", "cut", str(seed), "ghost")


power = Power()


class Test:
    def __init__(self, volumes, chance, plant):
        self.volumes, self.chance, self.plant = volumes, chance, plant
        self.results = []

    def result(self, good, name):
        self.results.append(good)
        print("%s %d %s" % ("ok" if good else "not ok", len(self.results), name))

    def live(self, interval):
        """Writes until power is gone. Return: what a checkpoint may take."""
        power.gone, power.late = False, 0
        watch = threading.Thread(target=power.watch)
        watch.start()
        for v in self.volumes:
            v.begin(self.chance)
        took = max(v.checkpoint() for v in self.volumes)
        # Twice the bound and more, so that what is never taken back shows.
        time.sleep(3 * interval + 1 + self.chance.random() * interval)
        power.cut(self.volumes[0].name + "-meta", self.chance.randrange(1 << 32))
        for v in self.volumes:
            v.end()
        watch.join()
        return took + power.late

    def round(self, number, interval):
        set_interval("3600" if self.plant else str(interval))
        point = json.loads(run("refpoint", "point", "create", "overreport",
                               "--json"))["id"]
        pause = self.live(interval)
        for v in self.volumes:
            v.down()
        run("dmsetup", "message", self.volumes[0].name + "-meta", "0", "on")
        for v in self.volumes:
            v.up()
            found = v.reported(point)
            excess = len(found - v.begun) * v.granule
            bound = v.bound(interval, pause)
            case = "%s, %d s, round %d" % (v.name, interval, number)
            print("# " + "  ".join(
                str(x).rjust(9) for x in
                (v.name, "%s/s" % (short(v.rate) if v.pattern == "stream" else v.rate),
                 short(v.region), short(v.granule), "%d s" % interval,
                 "%.2f s" % pause, short(bound), short(excess))))
            self.result(excess <= bound, "the excess is within the bound: " + case)
            self.result(v.ended <= found, "nothing is missed: " + case)
        run("refpoint", "point", "destroy", point)


    def hot(self, volume, interval):
        """Regions that are written all through a checkpoint stay armed; once
        they are left alone, a later one takes them back, though none is armed any
        more. Regions that are armed is what would be excess."""
        set_interval(str(interval))
        power.gone = False
        volume.checkpoint()
        # So that a checkpoint takes long enough for many writes.
        run("dmsetup", "message", volume.name + "-meta", "0", "delay", "50")
        volume.pattern, volume.rate = "hot", 10000
        volume.begin(self.chance)
        time.sleep(2.5 * interval)
        volume.end()
        limit = time.monotonic() + 3 * interval + 5
        while volume.armed() and time.monotonic() < limit:
            time.sleep(0.1)
        print("# %d writes, then %d regions armed" % (volume.count, volume.armed()))
        self.result(not volume.armed(), "what is left alone is taken back")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--plant", action="store_true")
    parser.add_argument("case", nargs="+")
    args = parser.parse_args()
    print("TAP version 13\n# RP_SEED=%d" % args.seed, flush=True)
    volumes = [Volume(case) for case in args.case]
    # Nobody else's default is changed for good.
    was = set_interval("3600")
    run("refpoint", "collection", "create", "overreport", *[v.name for v in volumes])
    test = Test(volumes, random.Random(args.seed), args.plant)
    print("# " + "  ".join(x.rjust(9) for x in (
        "volume", "rate", "region", "granule", "T", "d", "bound", "excess")))
    for number, interval in enumerate(ROUNDS[:1] if args.plant else ROUNDS):
        test.round(number, interval)
    if not args.plant:
        test.hot(volumes[-1], ROUNDS[0])
    set_interval(was)
    print("1..%d" % len(test.results))
    return 0 if all(test.results) else 1


if __name__ == "__main__":
    sys.exit(main())
