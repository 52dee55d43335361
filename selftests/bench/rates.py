# SPDX-License-Identifier: GPL-2.0-only
"""What fio gets through the targets over io_uring: IOPS, as users see them.

In turns, in one order and then in the other, so that noise and drift meet all alike.
The ratio to dm-linear is that of one turn, and what is told is the median of these. It
is in writes per second of the processor too: see processor.py.
"""

import statistics

import rig

GIB = 1 << 30
MIB = 1 << 20
# Of a stream so much is written. Turns are short and many: a neighbour of the machine
# that comes or goes within one spoils that one.
STREAM = 8 * GIB
WRITES = 30000
TURNS = 11


def ratios(rates):
    """@rates has those of the turns of each. Their medians, and of the ratios to linear."""
    result = {name: {"iops": statistics.median(of), "best": max(of)}
              for name, of in rates.items()}
    for name, of in rates.items():
        result[name]["ratio"] = statistics.median(
            mine / linear for mine, linear in zip(of, rates["linear"]))
    return result


def turns(names, count, run):
    """What @run(name) gives for each, @count times."""
    done = {name: [] for name in names}
    for turn in range(count):
        for name in names if turn % 2 else reversed(names):
            done[name].append(run(name))
    return done


def span_of(path, *run, **more):
    """A run of fio: from when to when, in ns of the clock of day, and how many it were."""
    log = rig.fio_log(lambda options: rig.fio(path, *run, **more, options=options))
    ends = [end for _, end in log]
    # The first ones wait for fio itself to come up.
    ends = ends[len(ends) // 10:]
    return ends[0], ends[-1], len(ends) - 1


def known(quick):
    """4 KiB at random, depth 64, to granules that are known already; and reads."""
    targets = rig.Known()
    log = rig.log_writes(targets.origin, rig.null_blk("log", 1 << 20))
    if log:
        targets.add("log-writes", log)
    spans = {op: turns(list(targets.paths), 1 if quick else TURNS, lambda name: span_of(
        targets.paths[name], op, "4k", GIB, 3000 if quick else WRITES))
             for op in ("randwrite", "randread")}
    targets.gone()
    rig.null_blk_gone("log")
    return {"write": spans["randwrite"], "read": spans["randread"]}


def figures(spans, watch):
    """What has been measured, as rates: of seconds, and of seconds of the processor."""
    result = {}
    for op, of in spans.items():
        result[op] = ratios({name: [count * 1e9 / (end - begin) for begin, end, count in done]
                             for name, done in of.items()})
        result[op + "_processor"] = ratios({name: [watch.rate(*span) for span in done]
                                            for name, done in of.items()})
    return result


def stream_of(name, origin, size):
    """One stream of first writes, onto metadata that have just been made."""
    path = {
        "linear": lambda: rig.linear(origin),
        "era": lambda: rig.era(origin, "/dev/meta-era"),
        "refpoint": lambda: rig.refpoint(origin, "/dev/meta-rp"),
    }[name]()
    span = span_of(path, "write", "1m", size, size // MIB, depth=16)
    rig.dm_gone(name)
    return span


def stream(quick):
    """First writes of 1 MiB in sequence, depth 16; a metadata device of 100 us."""
    origin = rig.null_blk("origin", STREAM // MIB)
    metadata = "meta-era", "meta-rp"
    for disk in metadata:
        rig.null_blk(disk, 1024, memory=True, delay_ns=100000)
    spans = turns(["linear", "era", "refpoint"], 1 if quick else TURNS,
                  lambda name: stream_of(name, origin, STREAM // 16 if quick else STREAM))
    for disk in "origin", *metadata:
        rig.null_blk_gone(disk)
    return {"write": spans}


MEASURES = {"known": known, "stream": stream}


def row(what, unit, scale, r):
    def cell(name):
        return unit % (r[name]["iops"] * scale) if name in r else "-"

    return (what, cell("linear"), cell("era"), cell("refpoint"),
            "%.2f" % r["refpoint"]["ratio"], cell("log-writes"))


def known_rows(k):
    yield row("4 KiB writes, known granules, io_uring", "%.0f IOPS", 1, k["write"])
    yield row("  by the processor's time", "%.0f IOPS", 1, k["write_processor"])
    yield row("4 KiB reads, io_uring", "%.0f IOPS", 1, k["read"])
    yield row("  by the processor's time", "%.0f IOPS", 1, k["read_processor"])


def stream_rows(s):
    yield row("first writes, 1 MiB in sequence", "%.1f GiB/s", MIB / GIB, s["write"])
    yield row("  by the processor's time", "%.1f GiB/s", MIB / GIB, s["write_processor"])
