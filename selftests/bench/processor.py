# SPDX-License-Identifier: GPL-2.0-only
"""The processor's time that a machine of User Mode Linux takes, as its host sees it.

On a machine with neighbours seconds say little: half of them may have been somebody
else's. The machine is a process of the host, which knows how long it ran, and so are
the programs in it. With disks that take no time a run at full depth is bound by that,
so that writes per second of the processor are what a quiet machine would give.
"""

import bisect
import os
import threading
import time


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(child) for child in file.read().split()]


def ran_ns(pid):
    try:
        with open("/proc/%d/schedstat" % pid) as file:
            return int(file.read().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return 0


class Watch(threading.Thread):
    """Looks at the machine that @runner, a process of selftests/vm/run, has started."""

    def __init__(self, runner):
        super().__init__(daemon=True)
        self.runner = runner
        self.times, self.ran = [], []

    def machine(self):
        for pid in children(self.runner):
            try:
                program = os.readlink("/proc/%d/exe" % pid)
            except FileNotFoundError:
                # One of those that build, and gone.
                continue
            if os.path.basename(program) == "linux":
                return pid
        return None

    def run(self):
        machine = None
        try:
            while True:
                machine = machine or self.machine()
                if machine:
                    total = sum(map(ran_ns, [machine, *children(machine)]))
                    self.times.append(time.time_ns())
                    self.ran.append(total)
                time.sleep(0.01 if machine else 0.2)
        except (FileNotFoundError, ProcessLookupError):
            pass

    def at(self, when):
        """What it had run at @when, in ns of the clock of day."""
        i = bisect.bisect(self.times, when)
        if not 0 < i < len(self.times):
            raise ValueError
        begin, end = self.times[i - 1], self.times[i]
        return self.ran[i - 1] + (self.ran[i] - self.ran[i - 1]) * (when - begin) / (end - begin)

    def rate(self, begin, end, count):
        """@count of something from @begin to @end: of these in a second of processor."""
        return count * 1e9 / (self.at(end) - self.at(begin))
