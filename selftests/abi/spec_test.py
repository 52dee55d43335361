#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compare the netlink specification with the header and with the policies.

uapi/linux/refpoint.h is what programs are compiled against, refpoint.yaml is
what generators and people read, kmod/genl.c is what the kernel enforces: three
accounts of one interface, and this finds where they part. Needs no root and no
kernel.
"""

import os
import re
import sys

TREE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SPEC = "Documentation/netlink/specs/refpoint.yaml"
HEADER = "uapi/linux/refpoint.h"
GENL = "kmod/genl.c"

# Enums of the header that are attribute sets in the specification.
SETS = {
    "refpoint_attr": "refpoint",
    "refpoint_settings_attr": "settings",
    "refpoint_member_attr": "member",
    "refpoint_gap_attr": "gap",
    "refpoint_counter_attr": "counters",
}
# Defines that the specification says in another place than "definitions".
OTHER_DEFINES = {"GENL_NAME", "GENL_VERSION", "MCGRP_EVENTS"}


def read(path):
    """The text of a file of the tree."""
    with open(os.path.join(TREE, path), encoding="utf-8") as file:
        return file.read()


def without_comments(text):
    """C without its comments."""
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def number(text):
    """The value of one of the few forms of constants that the header uses."""
    text = text.strip()
    shift = re.fullmatch(r"\(1U << (\d+)\)", text)
    return 1 << int(shift.group(1)) if shift else int(text, 0)


def header_enums(text):
    """{enum: {entry: number}}, without the __..._MAX at the ends."""
    enums = {}
    for name, body in re.findall(r"enum (\w+) \{(.*?)\}", text, re.S):
        value, entries = -1, {}
        for entry in filter(None, (part.strip() for part in body.split(","))):
            left, _, right = (part.strip() for part in entry.partition("="))
            if left.startswith("__") or left.endswith("_MAX"):
                break
            value = number(right) if right else value + 1
            entries[left] = value
        enums[name] = entries
    return enums


def header_defines(text):
    """{define without its prefix: the text of its value}."""
    found = re.findall(r"^#define REFPOINT_(\w+)\s+(.+)$", text, re.M)
    return {name: value.strip() for name, value in found}


def c_name(prefix, name):
    """The C name of an entry of the specification."""
    return (prefix + name).upper().replace("-", "_")


def spec_entries(definition):
    """{C name: number} of an enum, flags or attribute set."""
    value = definition.get("value-start", 1 if "attributes" in definition else 0)
    entries = {}
    for entry in definition.get("entries") or definition["attributes"]:
        value = entry.get("value", value)
        shown = 1 << value if definition.get("type") == "flags" else value
        entries[c_name(definition["name-prefix"], entry["name"])] = shown
        value += 1
    return entries


class Report:
    """KTAP lines."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def result(self, good, name, notes=()):
        """One test."""
        self.count += 1
        self.failed += not good
        for note in notes:
            print("#", note)
        print("ok" if good else "not ok", self.count, name, flush=True)

    def same(self, name, ours, theirs, what=("specification", "header")):
        """Two dictionaries with the same keys and values."""
        notes = []
        for key in sorted(set(ours) | set(theirs)):
            if ours.get(key) != theirs.get(key):
                notes.append(f"{key}: {what[0]} {ours.get(key)}, "
                             f"{what[1]} {theirs.get(key)}")
        self.result(not notes, name, notes)

    def skip(self, name, why):
        """A test that could not be made."""
        self.count += 1
        print(f"ok {self.count} {name} # SKIP {why}")


def check_enums(report, spec, enums):
    """Every enum of values, both ways."""
    wanted = {name for name in enums
              if name not in SETS and name != "refpoint_cmd"}
    found = set()
    for definition in spec["definitions"]:
        if definition["type"] != "enum":
            continue
        name = definition["enum-name"].replace("-", "_")
        found.add(name)
        report.same(f"enum {name}", spec_entries(definition),
                    enums.get(name, {}))
    report.result(wanted == found, "every enum is in both",
                  sorted(wanted ^ found))


def check_defines(report, spec, defines):
    """Limits and kinds, both ways."""
    ours, theirs = {}, {}
    for definition in spec["definitions"]:
        if definition["type"] == "const":
            ours[c_name("", definition["name"])] = definition["value"]
        elif definition["type"] == "flags":
            for name, value in spec_entries(definition).items():
                ours[name.removeprefix("REFPOINT_")] = value
    for name, value in defines.items():
        if name not in OTHER_DEFINES:
            theirs[name] = number(value)
    report.same("limits and kinds", ours, theirs)
    report.same("name, version and group", {
        "GENL_NAME": f'"{spec["name"]}"',
        "GENL_VERSION": str(spec["version"]),
        "MCGRP_EVENTS": f'"{spec["mcast-groups"]["list"][0]["name"]}"',
    }, {name: defines.get(name) for name in OTHER_DEFINES})


def check_sets(report, spec, enums):
    """Every attribute set, both ways."""
    sets = {attrs["name"]: attrs for attrs in spec["attribute-sets"]}
    for enum, name in SETS.items():
        report.same(f"attribute set {name}", spec_entries(sets[name]),
                    enums[enum])
    report.result(set(sets) == set(SETS.values()), "every attribute set is in both")


def check_operations(report, spec, enums):
    """Commands and what they carry."""
    value, ours, notes = 0, {}, []
    known = {attr["name"] for attrs in spec["attribute-sets"]
             for attr in attrs["attributes"] if attrs["name"] == "refpoint"}
    for operation in spec["operations"]["list"]:
        value = operation.get("value", value + 1)
        ours[c_name(spec["operations"]["name-prefix"], operation["name"])] = value
        for mode in ("do", "dump", "event"):
            for part in (operation.get(mode) or {}).values():
                attrs = part if mode == "event" else part["attributes"]
                notes += [f"{operation['name']}: no attribute {attr}"
                          for attr in attrs if attr not in known]
        if "event" not in operation and "admin-perm" not in operation["flags"]:
            notes.append(f"{operation['name']}: not for admins alone")
    report.same("commands", ours, enums["refpoint_cmd"])
    report.result(not notes, "operations use known attributes", notes)


def check_struct(report, spec, text):
    """The packed extent, without holes."""
    body = re.search(r"struct refpoint_extent \{(.*?)\}", text, re.S).group(1)
    theirs = re.findall(r"__(u\d+) (\w+);", body)
    definition = next(d for d in spec["definitions"] if d["type"] == "struct")
    ours = [(member["type"], member["name"]) for member in definition["members"]]
    report.result(ours == theirs, "struct extent", [str(ours), str(theirs)]
                  if ours != theirs else [])


def check_docs(report, spec):
    """A sentence for each thing."""
    missing = []

    def look(node, path):
        if isinstance(node, list):
            for item in node:
                look(item, path)
        elif isinstance(node, dict) and "name" in node:
            here = path + [str(node["name"])]
            if not str(node.get("doc", "")).strip():
                missing.append("/".join(here))
            for key in ("entries", "attributes", "members"):
                look(node.get(key, []), here)

    for part in ("definitions", "attribute-sets"):
        look(spec[part], [part])
    look([{k: op.get(k) for k in ("name", "doc")}
          for op in spec["operations"]["list"]], ["operations"])
    report.result(not missing, "everything has a sentence", missing)


def spec_limits(spec):
    """{C name: limit} of attributes with a length or a maximum."""
    consts = {d["name"]: d["value"] for d in spec["definitions"]
              if d["type"] == "const"}
    limits = {}
    for attrs in spec["attribute-sets"]:
        for attr in attrs["attributes"]:
            checks = attr.get("checks", {})
            limit = checks.get("max-len", checks.get("exact-len"))
            if limit is not None:
                limits[c_name(attrs["name-prefix"], attr["name"])] = \
                    consts.get(limit, limit)
    return limits


def genl_limits(text, defines):
    """{attribute: every length its policies allow}."""
    limits = {}
    pattern = (r"\[(REFPOINT_\w+)\]\s*=\s*"
               r"(UUID_POLICY|(?:STRING|BYTES)_POLICY\((\w+)\))")
    for attr, policy, word in re.findall(pattern, text):
        limit = "UUID_LEN" if policy == "UUID_POLICY" else word
        limit = limit.removeprefix("REFPOINT_")
        limits.setdefault(attr, set()).add(number(defines.get(limit, limit)))
    return limits


def check_limits(report, spec, text, defines):
    """Limits of the specification against the kernel's."""
    theirs = genl_limits(text, defines)
    notes, seen = [], 0
    for attr, limit in spec_limits(spec).items():
        if attr in theirs:
            seen += 1
            if theirs[attr] != {limit}:
                notes.append(f"{attr}: specification {limit}, "
                             f"policies {sorted(theirs[attr])}")
    report.result(seen and not notes, f"limits of the policies, {seen} of them",
                  notes)


def check_requests(report, spec, text):
    """What each request may carry, against the policy of its operation."""
    policies = {name: set(re.findall(r"\[(REFPOINT_A_\w+)\]", body))
                for name, body in re.findall(
                    r"nla_policy (\w+)\[\] = \{(.*?)\n\};", text, re.S)}
    table = dict(re.findall(r"RP_OP\(([A-Z_]+), (\w+)\)", text))
    notes = []
    for operation in spec["operations"]["list"]:
        if "event" in operation:
            continue
        ours = set()
        for mode in ("do", "dump"):
            request = operation.get(mode, {}).get("request", {})
            ours |= {c_name("refpoint-a-", attr)
                     for attr in request.get("attributes", [])}
        name = c_name("", operation["name"])
        theirs = policies.get(table.pop(name, None), set())
        notes += [f"{name}: {attr}" for attr in sorted(ours ^ theirs)]
    notes += [f"{name}: not in the specification" for name in table]
    report.result(not notes, "requests carry what the policies allow", notes)


def check_policies(report, spec, defines):
    """The kernel's tables."""
    text = without_comments(read(GENL))
    check_limits(report, spec, text, defines)
    check_requests(report, spec, text)


def main():
    """Run all tests."""
    print("TAP version 13")
    try:
        import yaml  # pylint: disable=import-outside-toplevel
    except ImportError:
        print("1..0 # SKIP no python3-yaml")
        return 4
    spec = yaml.safe_load(read(SPEC))
    text = without_comments(read(HEADER))
    enums, defines = header_enums(text), header_defines(text)
    report = Report()
    check_enums(report, spec, enums)
    check_defines(report, spec, defines)
    check_sets(report, spec, enums)
    check_operations(report, spec, enums)
    check_struct(report, spec, text)
    check_docs(report, spec)
    check_policies(report, spec, defines)
    print(f"1..{report.count}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
