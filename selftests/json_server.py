# SPDX-License-Identifier: GPL-2.0-only
"""Evaluates expressions for json.sh, one after the other, as long as the test
that asks lives: to start Python takes a second in a User Mode Linux.

usage: json_server.py FOLDER PID

FOLDER has the FIFOs json.turn, in which there is a byte for who may ask, json.ask and
json.answer. A request is "PID FD EXPRESSION<newline>": the JSON is on that process's
standard input, and what comes of it goes to its file FD. The answer is "PID
STATUS<newline>".
"""

import json
import os
import select
import sys
import traceback


def of_process(pid, number, flags, mode):
    """What process `pid` has open there; the other end of a pipe may be closed."""
    fd = os.open("/proc/%s/fd/%d" % (pid, number), flags | os.O_NONBLOCK)
    os.set_blocking(fd, True)
    return open(fd, mode, encoding="utf-8")


def evaluate(pid, number, expression):
    """As if the process `pid` itself had read and written."""
    with of_process(pid, 0, os.O_RDONLY, "r") as text:
        d = json.load(text)
    v = d[expression] if expression.isidentifier() else eval(expression, {"d": d})
    with of_process(pid, int(number), os.O_WRONLY | os.O_APPEND, "w") as out:
        out.write((v if isinstance(v, str) else json.dumps(v)) + "\n")


def serve(folder, test):
    # What the test has open, and where it is, are not to be held.
    os.chdir("/")
    os.closerange(3, 256)
    # For both ways: so that nobody waits until the other end is open.
    turn, ask, answer = (os.open(os.path.join(folder, name), os.O_RDWR)
                         for name in ("json.turn", "json.ask", "json.answer"))
    os.write(turn, b".")
    pending = b""
    while os.path.exists("/proc/%s" % test):
        if not select.select([ask], [], [], 5)[0]:
            continue
        pending += os.read(ask, 4096)
        *requests, pending = pending.split(b"\n")
        for request in requests:
            pid, number, expression = request.decode().split(" ", 2)
            status = 0
            try:
                evaluate(pid, number, expression)
            except Exception:
                status = 1
                try:
                    with of_process(pid, 2, os.O_WRONLY | os.O_APPEND, "w") as err:
                        traceback.print_exc(limit=0, file=err)
                except OSError:
                    pass
            os.write(answer, b"%s %d\n" % (pid.encode(), status))


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
