#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which of the module's calls that allocate have failed?

usage: sites.py MODULE.ko HITS REASONS SOURCES

HITS holds lines "function+0xoffset/0xsize callee count" of the kernel's traces;
REASONS lines "file:function callee  why it is not hit". Prints every call site
as a comment of KTAP. Fails when one was not hit and has no reason, or has a
reason and was hit.

The call sites are those of the object code, so that none is overlooked; a static
function that was inlined is told by the name of the one that it is in.
"""

import collections
import pathlib
import re
import subprocess
import sys

ALLOCATORS = re.compile(
    r"^(__kv?malloc\w*|kmem_cache_alloc\w*|kmemdup\w*|kstrdup\w*|kasprintf"
    r"|vmalloc\w*|__vmalloc\w*|pcpu_alloc\w*|__alloc_skb|alloc_pages\w*"
    r"|get_zeroed_page\w*|get_free_pages\w*|__get_free_pages\w*"
    r"|mempool_init\w*|mempool_alloc_noprof|bioset_init|alloc_workqueue"
    r"|dm_io_client_create|dm_get_device|genl_register_family"
    r"|xa_store|__xa_alloc|idr_alloc\w*|rhashtable_init\w*)$")


def functions(module):
    """By symbol and size, the file of each local function."""
    files = {}
    current = ""
    out = subprocess.run(["readelf", "-sW", module], capture_output=True,
                         text=True, check=True).stdout
    for line in out.splitlines():
        f = line.split()
        if len(f) < 8 or f[3] not in ("FILE", "FUNC"):
            continue
        if f[3] == "FILE":
            current = f[7]
        else:
            size = int(f[2], 0)
            files[(f[7], size)] = current if f[4] == "LOCAL" else ""
    return files


def file_of(name, sources):
    """The file that defines a global function."""
    begin = re.compile(r"^(?!#)\w[\w \*]*\b" + re.escape(name) + r"\(")
    for path in sources:
        lines = path.read_text().splitlines()
        for i, line in enumerate(lines):
            if begin.match(line) and not line.endswith(";"):
                head = " ".join(lines[i:i + 4])
                if ";" not in head.split("{")[0]:
                    return path.name
    return "?"


def aliases(module):
    """By name, that which has a file: init_module is a function's second one."""
    names = collections.defaultdict(list)
    out = subprocess.run(["readelf", "-sW", module], capture_output=True,
                         text=True, check=True).stdout
    for line in out.splitlines():
        f = line.split()
        if len(f) >= 8 and f[3] == "FUNC":
            names[(f[6], f[1])].append((f[4] != "LOCAL", f[7]))
    return {name: min(each)[1] for each in names.values() for _, name in each}


def calls(module, names):
    """(function, offset of the return address, callee, whether it is a tail)"""
    out = subprocess.run(["objdump", "-dr", "--no-show-raw-insn", module],
                         capture_output=True, text=True, check=True).stdout
    found = []
    function, start = "", 0
    where = {}			# what a register or a place on the stack holds
    pending = None		# a call whose end is the next instruction
    loaded = None
    for line in out.splitlines():
        m = re.match(r"^([0-9a-f]+) <(.+)>:$", line)
        if m:
            start, function = int(m[1], 16), names.get(m[2], m[2])
            where = {}
            continue
        m = re.match(r"^\s+[0-9a-f]+: R_X86_64_(64|PLT32|PC32|32S?)\s+([\w.]+)", line)
        if m:
            if loaded:
                where[loaded] = m[2]
            if pending and pending[1] is None:
                pending[1] = m[2]
            continue
        m = re.match(r"^\s+([0-9a-f]+):\s+(\S+)\s*(.*)$", line)
        if not m:
            continue
        at, op, args = int(m[1], 16), m[2], m[3].split(" ")[0]
        if pending:
            found.append((pending[0], at - pending[2], pending[1], pending[3]))
            pending = None
        loaded = None
        if op == "movabs":
            loaded = args.split(",")[-1]
            where.pop(loaded, None)
        elif op == "mov" and "," in args:
            source, to = args.rsplit(",", 1)
            if source in where:
                where[to] = where[source]
            else:
                where.pop(to, None)
        elif op in ("call", "jmp"):
            if args.startswith("*"):
                callee = where.get(args[1:], "")
            elif op == "call" or args == "":
                callee = None
            else:
                callee = ""
            pending = [function, callee, start, op == "jmp"]
    return [c for c in found if c[2]]


def main():
    module, hits_file, reasons_file, top = sys.argv[1:]
    sources = sorted(p for p in pathlib.Path(top).rglob("*.c")
                     if p.name != "port_user.c")
    files = functions(module)
    sizes = collections.defaultdict(set)
    for name, size in files:
        sizes[name].add(size)
    names = aliases(module)
    all_calls = calls(module, names)
    tails = collections.defaultdict(list)
    for function, _, callee, tail in all_calls:
        if tail and ALLOCATORS.match(callee):
            tails[function].append(callee)
    at = {(f, off): callee for f, off, callee, _ in all_calls}

    sites = collections.Counter()
    for function, _, callee, tail in all_calls:
        if ALLOCATORS.match(callee):
            sites[(function, callee)] += 1

    hits = collections.defaultdict(set)
    below = collections.Counter()
    for line in open(hits_file):
        where, callee, count = line.split()
        function, off = where.split("/")[0].split("+")
        function = names.get(function, function)
        # A jump at a function's end leaves no trace of it.
        callee = at.get((function, int(off, 16)), callee) or callee
        if ALLOCATORS.match(callee):
            hits[(function, callee)].add(off)
        elif callee in tails:
            for c in tails[callee]:
                hits[(callee, c)].add("tail")
        else:
            below[(function, callee)] += int(count)

    reasons = {}
    for line in open(reasons_file):
        line = line.split("#")[0].strip()
        if line:
            place, callee, why = line.split(None, 2)
            reasons[(place, callee)] = why

    bad = 0
    total = done = 0
    for (function, callee), n in sorted(sites.items()):
        file = next((files[(function, s)] for s in sizes[function]), "")
        file = file or file_of(function.split(".")[0], sources)
        got = len(hits[(function, callee)])
        n = max(n, got)
        why = reasons.pop((f"{file}:{function}", callee), "")
        total += n
        done += min(got, n)
        say = f"{got} of {n} hit"
        if got < n and why:
            say += f"; {why}"
        elif got < n:
            say += "; NOT HIT"
            bad += 1
        print(f"# site {file}:{function} {callee}: {say}")
    for (function, callee), n in sorted(below.items()):
        print(f"# below {function} -> {callee or '?'}: {n} times")
    for (place, callee), why in reasons.items():
        print(f"# no such site: {place} {callee} ({why})")
        bad += 1
    print(f"# {done} of {total} call sites were hit")
    return bad > 0


sys.exit(main())
