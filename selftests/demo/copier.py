#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A backup product in a hundred lines: what one does with the list of changes.

  copier.py full DEVICE IMAGE
  copier.py increment DEVICE CHANGES.json DATA
  copier.py restore IMAGE CHANGES.json DATA DEVICE
  copier.py compare DEVICE DEVICE CHANGES.json

CHANGES.json is the output of `refpoint changes --json`. DATA holds the bytes of
the extents that have any, one after the other in the order of the list.
"""

import fcntl
import json
import mmap
import os
import struct
import sys

CHUNK = 1 << 20
ZEROES = bytes(CHUNK)
WRITTEN, ZEROED, DISCARDED, UNKNOWN = 1, 2, 4, 8
BLKDISCARD, BLKZEROOUT = 0x1277, 0x127f


def mib(n):
    return "%.1f MiB" % (n / (1 << 20))


def chunks(offset, length):
    while length:
        n = min(CHUNK, length)
        yield offset, n
        offset, length = offset + n, length - n


def read_changes(name):
    """The list, only if it is the whole list: a short one is no backup."""
    with open(name, encoding="ascii") as text:
        changes = json.load(text)
    if changes["complete"] is not True:
        sys.exit(name + ": the list of changes is not complete")
    return changes


def has_content(extent):
    """Whether the extent's bytes must be copied. What reads as zeros need not
    be, what was discarded may be left out; unknown may be anything."""
    return bool(extent["type"] & (WRITTEN | UNKNOWN)) or not extent["type"]


def size_of(fd):
    return os.lseek(fd, 0, os.SEEK_END)


def open_device(name):
    """Past the page cache: a device's own cache does not see what a filesystem
    on it writes into files, and would give back what it held at the first
    copy. Every backup program has to mind this."""
    return os.open(name, os.O_RDONLY | os.O_DIRECT)


# Direct reads need memory that is aligned.
BUFFER = mmap.mmap(-1, CHUNK)


def read_exactly(fd, length, offset):
    if os.preadv(fd, [memoryview(BUFFER)[:length]], offset) != length:
        sys.exit("short read at %d" % offset)
    return BUFFER[:length]


def full(device, image):
    source = open_device(device)
    target = os.open(image, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    size, copied = size_of(source), 0
    for offset, n in chunks(0, size):
        data = read_exactly(source, n, offset)
        if data != ZEROES[:n]:
            os.pwrite(target, data, offset)
            copied += n
    os.ftruncate(target, size)
    print("   %s: read all of %s, kept %s that are not zero"
          % (os.path.basename(device), mib(size), mib(copied)))


def increment(device, changes, name):
    source = open_device(device)
    copied, listed = 0, read_changes(changes)
    with open(name, "wb") as target:
        for extent in filter(has_content, listed["extents"]):
            for offset, n in chunks(extent["offset"], extent["length"]):
                target.write(read_exactly(source, n, offset))
                copied += n
    print("   %s: copied %s in %d extents, %.1f %% of the volume"
          % (os.path.basename(device), mib(copied), len(listed["extents"]),
             100 * copied / listed["capacity_to"]))


def restore(image, changes, name, device):
    source = os.open(image, os.O_RDONLY)
    target = os.open(device, os.O_RDWR)
    for offset, n in chunks(0, size_of(source)):
        data = read_exactly(source, n, offset)
        # The disk is blank.
        if data != ZEROES[:n]:
            os.pwrite(target, data, offset)
    with open(name, "rb") as data:
        for extent in read_changes(changes)["extents"]:
            where = struct.pack("QQ", extent["offset"], extent["length"])
            if has_content(extent):
                for offset, n in chunks(extent["offset"], extent["length"]):
                    os.pwrite(target, data.read(n), offset)
            elif extent["type"] & ZEROED:
                os.fsync(target)
                fcntl.ioctl(target, BLKZEROOUT, where)
            else:
                os.fsync(target)
                fcntl.ioctl(target, BLKDISCARD, where)
        if data.read(1):
            sys.exit(name + ": more data than the list has extents for")
    os.fsync(target)


def compare(one, other, changes):
    """Ends the program with an error at the first byte that differs. Before
    the first point nothing says what was discarded: there all is compared."""
    a, b = open_device(one), open_device(other)
    size, skipped, at = size_of(a), 0, 0
    if size != size_of(b):
        sys.exit("%s and %s differ in size" % (one, other))
    holes = [(e["offset"], e["length"]) for e in read_changes(changes)["extents"]
             if e["type"] == DISCARDED]
    for start, length in holes + [(size, 0)]:
        for offset, n in chunks(at, start - at):
            if read_exactly(a, n, offset) != read_exactly(b, n, offset):
                sys.exit("%s and %s differ between byte %d and %d"
                         % (one, other, offset, offset + n))
        at, skipped = start + length, skipped + length
    print("   %s: the same in all %s, and %s were discarded and are not compared"
          % (os.path.basename(one), mib(size - skipped), mib(skipped)))


if __name__ == "__main__":
    verbs = {"full": full, "increment": increment, "restore": restore,
             "compare": compare}
    verbs[sys.argv[1]](*sys.argv[2:])
