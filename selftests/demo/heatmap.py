#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Pictures of lists of changes, for the terminal and as SVG.

  heatmap.py OUTPUT.svg BACKUP VOLUME...

reads VOLUME.changes.json, as `refpoint changes --json` prints it, for each
VOLUME, and the sizes of the copies in BACKUP.
"""

import json
import os
import sys

WRITTEN, ZEROED, DISCARDED, UNKNOWN = 1, 2, 4, 8
COLUMNS, ROWS = 64, 8
SHADES = " ░▒▓█"
# From a little to all of a cell: for the terminal (of 256 colours) and the SVG.
HOT = [(52, "#ffe3b0"), (94, "#ffc46b"), (166, "#ff8c2e"), (196, "#e03131")]
COLD = (24, "#a8c7e6")
NONE = (236, "#eeeeee")


def kind_of(extent):
    kinds = extent["type"]
    if kinds & (WRITTEN | UNKNOWN) or not kinds:
        return "copy"
    return "zero" if kinds & ZEROED else "discard"


def cells(changes, count):
    """For each of `count` equal parts of the volume, the shares of it to be
    copied, and gone (zeroed or discarded)."""
    size = changes["capacity_to"]
    part = size / count
    shares = [[0.0, 0.0] for _ in range(count)]
    for extent in changes["extents"]:
        which = 0 if kind_of(extent) == "copy" else 1
        start, end = extent["offset"], extent["offset"] + extent["length"]
        for n in range(int(start / part), min(count, int((end - 1) / part) + 1)):
            overlap = min(end, (n + 1) * part) - max(start, n * part)
            shares[n][which] += overlap / part
    return shares


def level(share):
    return min(3, int(share * 4)) if share else -1


def colour(cell):
    copy, gone = cell
    if copy > 0:
        return HOT[level(copy)]
    return COLD if gone > 0.5 else NONE


def terminal(name, changes, coloured):
    shares = cells(changes, COLUMNS * ROWS)
    print("   %s (each sign is %d KiB)"
          % (name, changes["capacity_to"] / (COLUMNS * ROWS) / 1024))
    for row in range(ROWS):
        line = ""
        for cell in shares[row * COLUMNS:(row + 1) * COLUMNS]:
            if cell[0] > 0:
                sign = SHADES[level(cell[0]) + 1]
            else:
                sign = "-" if cell[1] > 0.5 else "·"
            if coloured:
                sign = "\033[48;5;%dm \033[0m" % colour(cell)[0]
            line += sign
        print("   " + line)


def svg(volumes, path):
    columns, rows, edge, top = 128, 16, 7, 40
    height = rows * edge + 46
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
           'font-family="sans-serif" font-size="13">'
           % (columns * edge + 40, top + height * len(volumes) + 20),
           '<rect width="100%" height="100%" fill="white"/>',
           '<text x="20" y="24" font-size="16">What changed between the two '
           'reference points</text>']
    x = columns * edge - 400
    for text, (_, fill) in (("unchanged", NONE), ("discarded", COLD),
                            ("written in part", HOT[1]), ("all written", HOT[3])):
        out.append('<rect x="%d" y="13" width="12" height="12" fill="%s"/>'
                   '<text x="%d" y="24" font-size="12">%s</text>'
                   % (x, fill, x + 16, text))
        x += 36 + 7 * len(text)
    for n, (name, changes) in enumerate(volumes):
        y = top + n * height
        copied = sum(e["length"] for e in changes["extents"] if kind_of(e) == "copy")
        out.append('<text x="20" y="%d">%s: %.1f of %d MiB copied, %d extents</text>'
                   % (y + 16, name, copied / 2**20, changes["capacity_to"] / 2**20,
                      len(changes["extents"])))
        part = changes["capacity_to"] / (columns * rows)
        for i, cell in enumerate(cells(changes, columns * rows)):
            out.append('<rect x="%d" y="%d" width="%d" height="%d" fill="%s">'
                       '<title>from %.1f MiB: %d %% written, %d %% discarded'
                       '</title></rect>'
                       % (20 + i % columns * edge, y + 24 + i // columns * edge,
                          edge - 1, edge - 1, colour(cell)[1], i * part / 2**20,
                          100 * cell[0], 100 * cell[1]))
    out.append("</svg>")
    with open(path, "w", encoding="utf-8") as picture:
        picture.write("\n".join(out) + "\n")


def table(volumes, backup):
    """How much the second copy saved."""
    print("\n   %-10s %10s %14s %14s %14s %9s" % ("volume", "size", "full copy",
                                                  "incremental", "discarded", "share"))
    sums = [0, 0, 0, 0]
    for name, changes in volumes:
        full = os.stat(os.path.join(backup, name + ".full")).st_blocks * 512
        row = [changes["capacity_to"], full,
               os.path.getsize(os.path.join(backup, name + ".increment")),
               sum(e["length"] for e in changes["extents"]
                   if kind_of(e) == "discard")]
        sums = [a + b for a, b in zip(sums, row)]
        line(name, row)
    line("all", sums)
    print("   (MiB; share: incremental of full copy)")


def line(name, row):
    print("   %-10s %10.0f %14.1f %14.1f %14.1f %8.1f%%"
          % tuple([name] + [n / 2**20 for n in row] + [100 * row[2] / row[1]]))


def main():
    output, backup, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    volumes = []
    for name in names:
        with open(name + ".changes.json", encoding="ascii") as text:
            volumes.append((os.path.basename(name), json.load(text)))
    coloured = bool(os.environ.get("RP_DEMO_COLOUR"))
    if coloured:
        print("   legend: %s" % "  ".join(
            "\033[48;5;%dm  \033[0m %s" % (c[0], t) for t, c in
            (("unchanged", NONE), ("discarded", COLD), ("a little written", HOT[0]),
             ("all written", HOT[3]))))
    else:
        print("   legend: · unchanged  - discarded  ░▒▓█ written, a little to all")
    for name, changes in volumes:
        terminal(name, changes, coloured)
    table(volumes, backup)
    svg(volumes, output)


if __name__ == "__main__":
    main()
