#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Trees of files for the demonstration.

  trees.py fill DIR MIB SOURCE...    copies of real trees, at most so much
  trees.py change DIR                a day's work on them
  trees.py same DIR DIR              whether two trees are the same
"""

import hashlib
import os
import random
import shutil
import stat
import sys

# Small files cost more time than bytes do.
MAX_FILES = 5000


def fill(target, limit, *sources):
    left, files = int(limit) << 20, 0
    for source in sources:
        for folder, names, entries in os.walk(source):
            names.sort()
            to = os.path.join(target, os.path.relpath(folder, "/"))
            for entry in sorted(entries):
                name = os.path.join(folder, entry)
                try:
                    info = os.lstat(name)
                    regular = stat.S_ISREG(info.st_mode)
                    if not regular and not stat.S_ISLNK(info.st_mode):
                        continue
                    if os.path.lexists(os.path.join(to, entry)):
                        continue
                    os.makedirs(to, exist_ok=True)
                    shutil.copy2(name, to, follow_symlinks=False)
                except PermissionError:
                    continue
                left -= info.st_size if regular else 0
                files += 1
                if left <= 0 or files >= MAX_FILES:
                    return told(target, files, limit, left)
    return told(target, files, limit, left)


def told(target, files, limit, left):
    print("   %s: %d files, %d MiB"
          % (os.path.basename(target), files, int(limit) - (left >> 20)))


def regular_files(top):
    found = []
    for folder, names, entries in os.walk(top):
        names.sort()
        for entry in sorted(entries):
            name = os.path.join(folder, entry)
            if stat.S_ISREG(os.lstat(name).st_mode):
                found.append(name)
    return found


def change(top):
    """The same in every run. One folder in fifty goes, one file in forty is
    written in, a few are new."""
    rng = random.Random(os.path.basename(top))
    changed = added = 0
    folders = [f for f, _, _ in os.walk(top) if f.count("/") - top.count("/") >= 3]
    folders.sort()
    before = len(regular_files(top))
    for folder in rng.sample(folders, max(1, len(folders) // 50)):
        shutil.rmtree(folder, ignore_errors=True)
    files = regular_files(top)
    deleted = before - len(files)
    for name in rng.sample(files, len(files) // 40):
        size = os.path.getsize(name)
        with open(name, "r+b") as file:
            file.seek(rng.randrange(size + 1))
            file.write(rng.randbytes(rng.randrange(1, 9000)))
        changed += 1
    for n in range(20):
        with open(os.path.join(top, "new-%02d" % n), "wb") as file:
            file.write(rng.randbytes(rng.randrange(1, 1 << 20)))
        added += 1
    os.rename(rng.choice(files), os.path.join(top, "moved"))
    with open(os.path.join(top, "sparse"), "wb") as file:
        file.seek(64 << 20)
        file.write(b"the end")
    os.sync()
    print("   %s: %d files deleted, %d changed, %d added"
          % (os.path.basename(top), deleted, changed, added + 1))


def describe(name):
    info = os.lstat(name)
    facts = [stat.filemode(info.st_mode), info.st_uid, info.st_gid,
             info.st_mtime_ns]
    if stat.S_ISLNK(info.st_mode):
        return facts + [os.readlink(name)]
    if stat.S_ISREG(info.st_mode):
        digest = hashlib.sha256()
        with open(name, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
        facts += [info.st_size, info.st_nlink, digest.hexdigest()]
    return facts


def manifest(top):
    found = {"": describe(top)}
    for folder, names, entries in os.walk(top):
        for entry in names + entries:
            name = os.path.join(folder, entry)
            found[os.path.relpath(name, top)] = describe(name)
    return found


def same(one, other):
    a, b = manifest(one), manifest(other)
    wrong = sorted(n for n in set(a) | set(b) if a.get(n) != b.get(n))
    for name in wrong[:10]:
        print("   %s: %s became %s" % (name, a.get(name), b.get(name)))
    if wrong:
        sys.exit("%d of %d files differ" % (len(wrong), len(a)))
    print("   %s: %d files and folders are the same, in content, names, owners, "
          "modes and times" % (os.path.basename(one), len(a)))


if __name__ == "__main__":
    {"fill": fill, "change": change, "same": same}[sys.argv[1]](*sys.argv[2:])
