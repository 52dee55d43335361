# SPDX-License-Identifier: GPL-2.0-only
"""Devices to measure: null_blk below, and what is compared on top of it."""

import glob
import json
import os
import subprocess
import tempfile

CONFIGFS = "/sys/kernel/config"
BENCH = "/dev/rp_bench"


def run(*command):
    """The output of a command that has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit("%s: %s" % (" ".join(command), done.stderr.strip()))
    return done.stdout


def put(path, value):
    with open(path, "w") as file:
        file.write(str(value))


def touch_memory():
    """
    Most of the machine's memory, once: its host gives it a page when it is touched for
    the first time, and takes longer for that than many a thing that is measured.
    """
    with open("/proc/meminfo") as file:
        free = next(int(line.split()[1]) for line in file if line.startswith("MemFree:"))
    bytearray(free * 1024 // 4 * 3)


def prepare():
    """Once for each machine."""
    for module in "null_blk", "dm-era":
        # Built in where this fails.
        subprocess.run(["modprobe", module], stderr=subprocess.DEVNULL, check=False)
    if not os.path.isdir(CONFIGFS + "/nullb"):
        run("mount", "-t", "configfs", "none", CONFIGFS)
    if not os.path.exists(BENCH):
        run("insmod", os.path.join(os.environ["RP_MODULES"], "rp_bench.ko"))


def null_blk(name, mib, memory=False, delay_ns=0, queues=1):
    """A disk that takes no time, or @delay_ns; it remembers what it is told to."""
    path = os.path.join(CONFIGFS, "nullb", name)
    os.mkdir(path)
    settings = {"size": mib, "blocksize": 512, "discard": 1, "memory_backed": int(memory),
                "irqmode": 2 if delay_ns else 0, "completion_nsec": delay_ns,
                "submit_queues": queues}
    for key, value in settings.items():
        put(os.path.join(path, key), value)
    put(os.path.join(path, "power"), 1)
    return "/dev/" + name


def null_blk_gone(name):
    path = os.path.join(CONFIGFS, "nullb", name)
    put(os.path.join(path, "power"), 0)
    os.rmdir(path)


def bytes_written(disk):
    with open("/sys/block/%s/stat" % disk) as file:
        return int(file.read().split()[6]) * 512


def dm(name, origin, table):
    """A device of one target as long as the origin. Return: its path."""
    sectors = int(run("blockdev", "--getsz", origin))
    run("dmsetup", "create", name, "--table", "0 %d %s" % (sectors, table))
    return "/dev/mapper/" + name


def dm_gone(name):
    run("dmsetup", "remove", "--retry", name)


def linear(origin):
    return dm("linear", origin, "linear %s 0" % origin)


def era(origin, metadata, granule=65536):
    run("dd", "if=/dev/zero", "of=" + metadata, "bs=4096", "count=1", "oflag=direct")
    return dm("era", origin, "era %s %s %d" % (metadata, origin, granule // 512))


def refpoint(origin, metadata, name="refpoint", granule=65536):
    run("refpoint", "format", metadata, "--data", origin, "--force", "--granularity",
        str(granule))
    return dm(name, origin, "refpoint %s %s" % (metadata, origin))


def refpoint_show(name="refpoint"):
    return json.loads(run("refpoint", "volume", "show", name, "--json"))


def log_writes(origin, log):
    """None where the kernel has not got it."""
    if not any(line.split()[0] == "log-writes"
               for line in run("dmsetup", "targets").splitlines()):
        return None
    return dm("log-writes", origin, "log-writes %s %s" % (origin, log))


def metadata_mib(origin, granule=65536):
    """Room for the metadata of a volume over that, and for some points."""
    size = json.loads(run("refpoint", "format", "--data", origin, "--size-only",
                          "--granularity", str(granule), "--json"))
    return (size["metadata_recommended"] >> 20) + 1


class Rounds:
    """The module rp_bench: rounds of bios, nanoseconds for each of them."""

    def __init__(self):
        self.fd = os.open(BENCH, os.O_RDWR)

    def one(self, device, op="write", order="random", count=5000, size=4096,
            span=1 << 30, depth=64, seed=1):
        os.write(self.fd, ("%s %s %d %d %d %d %d %s" % (
            op, order, count, size, span, depth, seed, device)).encode())
        return int(os.pread(self.fd, 32, 0)) / count

    def compare(self, devices, rounds, **options):
        """The least of the rounds of each, interleaved: noise meets all alike."""
        least = dict.fromkeys(devices, float("inf"))
        for _ in range(rounds):
            for device in devices:
                least[device] = min(least[device], self.one(device, **options))
        return least


class Known:
    """Targets side by side over one disk, by name; the first GiB's granules are known."""

    def __init__(self, queues=1):
        self.origin = null_blk("origin", 65536, queues=queues)
        self.rounds = Rounds()
        self.paths = {}
        self.add("linear", linear(self.origin))
        self.add("era", era(self.origin, null_blk("meta-era", 64, memory=True)))
        self.add("refpoint", refpoint(self.origin, null_blk("meta-rp", 256, memory=True)))

    def add(self, name, path):
        self.paths[name] = path
        self.rounds.one(path, order="sequence", count=(1 << 30) // 65536, size=65536)

    def gone(self):
        for name in self.paths:
            dm_gone(name)
        for disk in "origin", "meta-era", "meta-rp":
            null_blk_gone(disk)


def fio(device, rw, block, size, ios, depth=64, options=()):
    """One run over io_uring: IOPS, and the 99th percentile in us."""
    out = run("fio", "--name=bench", "--filename=" + device, "--ioengine=io_uring",
              "--direct=1", "--rw=" + rw, "--bs=" + block, "--size=%d" % size,
              "--number_ios=%d" % ios, "--iodepth=%d" % depth, "--norandommap",
              "--output-format=json", *options)
    side = json.loads(out[out.index("{"):])["jobs"][0]["read" if rw.endswith("read") else "write"]
    return {"iops": side["iops"], "p99": side["clat_ns"]["percentile"]["99.000000"] / 1000}


def fio_log(run_fio):
    """Each I/O of @run_fio(options) as (begin, end), in ns of the clock of day."""
    with tempfile.TemporaryDirectory() as folder:
        run_fio(("--write_lat_log=" + folder + "/fio", "--log_unix_epoch=1"))
        (log,) = glob.glob(folder + "/fio_lat.*log")
        with open(log) as file:
            lines = [line.split(",") for line in file]
    # Of the end it has milliseconds only.
    return [(int(end) * 1000000 - int(ns), int(end) * 1000000) for end, ns, *_ in lines]
