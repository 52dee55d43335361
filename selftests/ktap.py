# SPDX-License-Identifier: GPL-2.0-only
"""What a test program said, from its output in KTAP and its exit status.

Only the outermost level counts: a test with subtests is one test. A program is
never believed for free: without a plan, with a plan that it did not keep, or
with an exit status that nothing in its output explains, it counts one failure.
"""

import re

RESULT = re.compile(r"^(ok|not ok)\b\s*(\d+)?\s*-?\s*(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)\s*(?:#\s*SKIP\b\s*(.*))?$", re.IGNORECASE)
DIRECTIVE = re.compile(r"(?:^|\s)#\s*(SKIP|TODO|XFAIL)\b\s*(.*)$", re.IGNORECASE)

# The exit status by which kselftest says "skipped".
STATUS_SKIP = 4


class Outcome:
    """Counts of one program; `failures` and `skips` are lists of sentences."""

    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skips = []

    def fail(self, why):
        self.failures.append(why)
        return self


def parse(lines, status):
    """The Outcome of a program that wrote `lines` and ended with `status`."""
    out = Outcome()
    planned = None
    seen = 0
    for line in lines:
        line = line.rstrip("\r\n")
        plan = PLAN.match(line)
        if plan:
            # Several programs may have been run one after the other.
            planned = (planned or 0) + int(plan.group(1))
            if plan.group(1) == "0":
                out.skips.append(plan.group(2) or "no reason given")
            continue
        if line.startswith("Bail out!"):
            out.fail(line)
            continue
        result = RESULT.match(line)
        if not result:
            continue
        seen += 1
        word, _, name = result.groups()
        directive = DIRECTIVE.search(name)
        kind = directive.group(1).upper() if directive else None
        if kind == "SKIP":
            out.skips.append("%s: %s" % (name[:directive.start()].strip() or "test",
                                         directive.group(2) or "no reason given"))
        elif word == "ok" or kind in ("TODO", "XFAIL"):
            out.passed += 1
        else:
            out.fail(name)
    return judge(out, planned, seen, status)


def judge(out, planned, seen, status):
    """Adds what the lines themselves did not say."""
    if planned is None:
        if status == STATUS_SKIP and not seen:
            out.skips.append("the program skipped itself")
            return out
        return out.fail("no plan in the output (exit status %d)" % status)
    if planned != seen:
        out.fail("%d tests planned, %d reported" % (planned, seen))
    if status not in (0, STATUS_SKIP) and not out.failures:
        out.fail("exit status %d, and no test failed" % status)
    if status == STATUS_SKIP and not out.skips and not out.failures:
        out.fail("exit status %d (skipped), and no test said so" % status)
    return out
