#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Golden images are read, evil ones refused, damaged ones repaired. KTAP.

  images_test.py            the test
  images_test.py --make     write the golden images of today's format, and what
                            `refpoint dump` says of them, for a new version of it
"""

import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from evil import EVIL, EVIL_WITNESS                             # noqa: E402
from mdimage import Image, load, store                          # noqa: E402

IMAGES = os.path.join(HERE, "..", "images")
BUILD = os.path.join(HERE, "build")
TOOL = os.path.join(HERE, "..", "..", "tools", "refpoint")
VERSION = "v1.0"
KINDS = ("empty", "clean", "crashed", "witness")


class Failed(Exception):
    pass


def want(condition, *what):
    if not condition:
        raise Failed(" ".join(str(w) for w in what))


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    want(done.returncode >= 0, command, "died by signal", -done.returncode)
    return done.returncode, done.stdout


def tool(status, *args):
    code, out = run(TOOL, *args)
    want(code == status, "refpoint", *args, ": status", code, "not", status, out)
    return out


def tool_json(status, *args):
    code, out = run("sh", "-c", 'exec "$@" 2>/dev/null', "sh", TOOL, *args, "--json")
    want(code == status, "refpoint", *args, "--json: status", code, "not", status, out)
    return json.loads(out)


def probe(path):
    _, out = run(os.path.join(BUILD, "probe"), path)
    number, _, text = out.partition(" ")
    return int(number), text.strip()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def dump_of(path):
    dump = tool_json(0, "dump", path)
    del dump["metadata"]
    return dump


def golden_names():
    return sorted(name[:-len(".img.xz.b64")] for name in os.listdir(IMAGES)
                  if name.endswith(".img.xz.b64"))


# --- golden images -----------------------------------------------------------

def golden(name, path):
    write(path, load(os.path.join(IMAGES, name + ".img.xz.b64")))
    want(probe(path) == (0, ""), "the reader says", probe(path))
    report = tool_json(0, "check", path)
    want(report == {"metadata": path, "clean": True, "findings": [],
                    "deactivated": not name.endswith("crashed")},
         "check is not clean", report)
    with open(os.path.join(IMAGES, name + ".json")) as file:
        want(dump_of(path) == json.load(file), "dump says something else")
    tool(0, "dump", path)
    want("nothing to repair" in tool(0, "repair", path, "--dry-run"), "a repair of nothing")


def make():
    for kind in KINDS:
        base = os.path.join(IMAGES, "%s-%s" % (VERSION, kind))
        with tempfile.NamedTemporaryFile() as file:
            subprocess.check_call([os.path.join(BUILD, "make_image"), kind, file.name])
            store(base + ".img.xz.b64", read(file.name),
                  "A metadata device of format %s, %s: xz in base64." % (VERSION[1:], kind))
            with open(base + ".json", "w") as out:
                json.dump(dump_of(file.name), out, indent=1)
                out.write("\n")


# --- evil images -------------------------------------------------------------

def evil(case, good, path):
    name, spoil, error, says, status, finds, fate = case
    image = Image(good)
    spoil(image)
    write(path, image.data)
    code, text = probe(path)
    want(code == error and re.search(re.escape(says), text), "the reader:", code, text)

    found = tool(status, "check", path)
    want(finds in found, "check does not say", finds, ":", found)
    report = tool_json(status, "check", path)
    want(report["clean"] == (status == 0), "check --json:", report)
    want(report["findings"] and all(f["what"] and f["where"] for f in report["findings"]),
         "check --json names nothing")
    dumped, out = run(TOOL, "dump", path)
    want(dumped in (0, 1, 15) and "superblocks:" in out, "dump:", dumped, out)
    want(read(path) == image.data, "reading has written")

    if isinstance(fate, int):
        said = tool(fate, "repair", path, "--yes")
        want("cannot be repaired" in said, "repair:", said)
        want(read(path) == image.data, "a refused repair has written")
        return
    tool(0, "repair", path, "--dry-run")
    want(read(path) == image.data, "a dry run has written")
    done = tool_json(0, "repair", path, "--yes")
    want(done["done"] and done["steps"], "repair --json:", done)
    want((done["new_generation"] is not None) == (fate == "anew"), "repair:", done)
    want(probe(path)[0] == 0, "after the repair:", probe(path))
    tool(0, "check", path)
    want("nothing to repair" in tool(0, "repair", path, "--dry-run"), "a second repair")


# --- the command ---------------------------------------------------------------

def usage(good, path):
    write(path, good)
    tool(2, "check")
    tool(2, "repair", path)
    tool(2, "repair", path, "--json")
    tool(1, "check", path + ".none")
    tool(1, "check", os.path.dirname(path))
    write(path, b"")
    tool(1, "check", path)
    tool(1, "dump", path)
    tool(1, "repair", path, "--yes")


def identity(good, path):
    """Also of one that is damaged, or that a power cut left between two volumes."""
    for spoil in (lambda image: None, lambda image: image.super_put(
            56, "Q", 5, (1 - image.current,)), lambda image: image.change(
                image.interval(2), 48, "Q", 9)):
        image = Image(good)
        old = image.data[image.current * 4096 + 56:][:16].hex()
        spoil(image)
        write(path, image.data)
        done = tool_json(0, "repair", path, "--new-identity", "--yes")
        want(done["new_volume"] and done["new_generation"], "repair:", done)
        want(probe(path) == (0, ""), "the reader:", probe(path))
        dump = dump_of(path)
        want(dump["clean"], "not clean:", dump["findings"])
        want({s["volume"] for s in dump["superblocks"]} == {done["new_volume"]},
             "another volume")
        want(done["new_volume"].replace("-", "") != old, "the old volume")
        want({r["type"] for r in dump["records"]} <= {"tombstones", "witness"},
             "records of the old volume are left")


def generation(good, path):
    write(path, good)
    done = tool_json(0, "repair", path, "--new-generation", "--yes")
    dump = dump_of(path)
    want(done["new_generation"] == dump["superblocks"][0]["generation"] or
         done["new_generation"] == dump["superblocks"][1]["generation"], "generation")
    want([r for r in dump["records"] if r["type"] == "gap" and r["reason"] == "repaired"],
         "no gap")
    want(not [r for r in dump["records"] if r["type"] == "interval"], "intervals are left")
    want(len([r for r in dump["records"] if r["type"] == "point"]) == 4, "points")


# --- all -------------------------------------------------------------------------

def main():
    if sys.argv[1:] == ["--make"]:
        make()
        return 0
    names = golden_names()
    good = load(os.path.join(IMAGES, VERSION + "-crashed.img.xz.b64"))
    tests = [("golden " + n, golden, (n,)) for n in names]
    tests += [("evil " + case[0], evil, (case, good)) for case in EVIL]
    told = load(os.path.join(IMAGES, VERSION + "-witness.img.xz.b64"))
    tests += [("evil " + case[0], evil, (case, told)) for case in EVIL_WITNESS]
    tests += [(f.__name__, f, (good,)) for f in (usage, identity, generation)]
    failed = 0
    print("TAP version 13\n1..%d" % len(tests))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "image")
        for nr, (name, function, args) in enumerate(tests, 1):
            try:
                function(*args, path)
                print("ok %d %s" % (nr, name))
            except Failed as why:
                failed += 1
                print("not ok %d %s" % (nr, name))
                print("\n".join("# " + line for line in str(why).splitlines()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
