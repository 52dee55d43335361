#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_fsck.c: the evil images as changes to the good one.

  seeds.py FOLDER
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from evil import EVIL                                           # noqa: E402
from mdimage import BLOCK, Image, load                          # noqa: E402

CRASHED = 2


def changes(good, bad):
    """Runs of bytes that differ, as the fuzzer's input has them."""
    at = 0
    while at < len(good):
        if good[at:at + BLOCK] == bad[at:at + BLOCK]:
            at += BLOCK
            continue
        if good[at] == bad[at]:
            at += 1
            continue
        n = 1
        while n < 16 and at + n < len(good) and (at + n) % BLOCK and \
                good[at + n] != bad[at + n]:
            n += 1
        # The fuzzer computes checksums itself: keep what is behind them.
        yield bytes([at // BLOCK & 255, at % BLOCK & 255, at % BLOCK >> 8, n]) + \
            bytes(bad[at:at + n])
        at += n


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    good = load(os.path.join(HERE, "..", "images", "v1.0-crashed.img.xz.b64"))
    for kind in range(CRASHED + 1):
        for flag in (0, 0x40, 0x80):
            with open(os.path.join(folder, "good-%d-%d" % (kind, flag)), "wb") as out:
                out.write(bytes([kind | flag]))
    for case in EVIL:
        image = Image(good)
        case[1](image)
        for flag in (0, 0x40):
            with open(os.path.join(folder, "%s-%d" % (case[0], flag)), "wb") as out:
                out.write(bytes([CRASHED | flag]) +
                          b"".join(changes(good, bytes(image.data))))


if __name__ == "__main__":
    main()
