# SPDX-License-Identifier: GPL-3.0-or-later
"""The measurements: every target in turn, round after round, so that a busy machine is busy for all of them."""

import json
import os
import statistics
import subprocess
import threading
import time
from collections import defaultdict

from . import servers


class Sizes:
    """How much of everything; a quick run shows a direction, a full one is to be quoted."""

    def __init__(self, quick):
        self.rounds = 3 if quick else 5
        self.seconds = 0.4 if quick else 1.5
        self.stream_rounds = 1 if quick else 3
        self.streams = (200, 1000)
        self.events = 50 if quick else 100
        self.starts = 3 if quick else 5


class Measurements:
    """samples[figure][target]: one number a round."""

    def __init__(self, bin_dir, log, sizes):
        self.bin_dir, self.log, self.sizes = bin_dir, log, sizes
        self.samples = defaultdict(lambda: defaultdict(list))
        self.errors = []

    def note(self, figure, target, value):
        self.samples[figure][target.name].append(value)

    def median(self, figure, name):
        values = self.samples[figure].get(name)
        return statistics.median(values) if values else None

    def ratio(self, figure, name, to):
        """The median of the rounds' ratios: drift between rounds cancels out."""
        pairs = zip(self.samples[figure].get(name, []), self.samples[figure].get(to, []))
        ratios = [own / other for own, other in pairs if other]
        return statistics.median(ratios) if ratios else None

    # -- one run of load ----------------------------------------------------------------------------------------

    def load(self, target, *, cores=None, watch_memory=False, **options):
        command = [str(self.bin_dir / "bench.load"), "--port", str(target.port)]
        for line in target.headers:
            command += ["--header", line]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        before = target.process.cpu_seconds()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if cores:
            os.sched_setaffinity(child.pid, cores)
        peak = Peak(target.process, child) if watch_memory else None
        out, complaints = child.communicate(timeout=180)
        if child.returncode != 0:
            raise RuntimeError(f"load on {target.name}: {complaints.strip()}; the server's exit code: "
                               f"{target.process.child.poll()}")
        result = json.loads(out)
        result["cpu_us"] = (target.process.cpu_seconds() - before) * 1e6 / max(result["done"], 1)
        result["peak_kb"] = peak.result() if peak else None
        if result["errors"]:
            self.errors.append(f"{target.name} {options}: {result['errors']:.0f} errors; {complaints.strip()}")
        return result

    # -- the figures --------------------------------------------------------------------------------------------

    def closed(self, targets, rounds=None):
        """Requests one after another at 1, 16 and 64 connections, and 200 kB bodies."""
        seconds = self.sizes.seconds
        cases = [("c1", 1, 1024), ("c16", 16, 1024), ("c64", 64, 1024), ("200kB", 8, 200_000)]
        for _ in range(rounds or self.sizes.rounds):
            for name, connections, body in cases:
                for target in targets:
                    run = self.load(target, connections=connections, seconds=seconds, body=body, model="lab/bench")
                    self.note(f"{name} cpu", target, run["cpu_us"])
                    self.note(f"{name} rate", target, run["per_second"])
                    self.note(f"{name} p50", target, run["p50_us"])
                    self.note(f"{name} p99", target, run["p99_us"])

    def pinned(self, upstream, targets):
        """The server alone on one core: what a core carries."""
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            return
        everything, own, other = set(cores), {cores[0]}, set(cores[1:])
        upstream.process.pin(other)
        for target in targets:
            target.process.pin(own)
        for _ in range(self.sizes.rounds):
            for connections in (16, 64):
                for target in targets:
                    run = self.load(target, connections=connections, seconds=self.sizes.seconds, model="lab/bench",
                                    cores=other)
                    self.note(f"c{connections} core rate", target, run["per_second"])
        for target in (upstream, *targets):
            target.process.pin(everything)

    def open_loop(self, targets):
        for _ in range(self.sizes.rounds):
            for target in targets:
                run = self.load(target, mode="open", rate=500, seconds=self.sizes.seconds, connections=32,
                                model="lab/bench")
                self.note("open p50", target, run["p50_us"])
                self.note("open p99", target, run["p99_us"])

    def body_sizes(self, targets):
        """No step at any size: the slowest median of all sizes."""
        sizes = (1_000, 8_000, 15_000, 17_000, 33_000, 64_000, 200_000)
        for _ in range(3):
            for target in targets:
                slowest = max(
                    self.load(target, connections=2, requests=100, body=size, model="lab/bench")["p50_us"]
                    for size in sizes)
                self.note("steps p50", target, slowest)

    def bursts(self, targets):
        for _ in range(self.sizes.rounds):
            for target in targets:
                run = self.load(target, connections=16, stream=1, seconds=self.sizes.seconds, model="lab/burst-50")
                self.note("burst rate", target, run["per_second"])
                self.note("burst cpu", target, run["cpu_us"])

    def translated(self, target):
        for _ in range(self.sizes.rounds):
            same = self.load(target, connections=16, stream=1, seconds=self.sizes.seconds, model="lab/burst-50")
            other = self.load(target, connections=16, stream=1, seconds=self.sizes.seconds, model="claude/burst-50")
            self.note("translated cpu", target, other["cpu_us"] / same["cpu_us"])

    def paced(self, count, targets):
        """Streams that all run at the same time, one event each 25 ms."""
        for _ in range(self.sizes.stream_rounds):
            for target in targets:
                before = target.process.resident_kb()
                run = self.load(target, mode="streams", connections=count, ramp_ms=1000, watch_memory=True,
                                model=f"lab/paced-{self.sizes.events}x25")
                figure = f"streams {count}"
                self.note(f"{figure} lost", target, count - run["done"])
                self.note(f"{figure} cpu", target, run["cpu_us"])
                self.note(f"{figure} kB", target, max(run["peak_kb"] - before, 0) / count)
                self.note(f"{figure} first p50", target, run["first_p50_us"])
                self.note(f"{figure} first p99", target, run["first_p99_us"])
                self.note(f"{figure} events", target, run["events_a_read"])

    def lone(self, figure, targets):
        for _ in range(self.sizes.rounds):
            for target in targets:
                run = self.load(target, connections=1, seconds=self.sizes.seconds / 2, model="lab/bench")
                self.note(figure, target, run["p50_us"])

    def drop(self, upstream, targets):
        for target in targets:
            self.load(target, mode="drop", connections=200, ramp_ms=200, model="lab/paced-2000x25")
            time.sleep(0.5)
            self.note("dropped", target, servers.upstream_stats(upstream)["streams_open"])
            servers.wait_for(lambda: servers.upstream_stats(upstream)["streams_open"] == 0, 90, "dropped streams")

    def https(self, targets, model):
        for _ in range(self.sizes.rounds):
            for target in targets:
                run = self.load(target, connections=16, seconds=self.sizes.seconds, model=model)
                self.note("https rate", target, run["per_second"])
                self.note("https cpu", target, run["cpu_us"])

    def starts(self, starters):
        """starters: (name, function that starts a target)."""
        for _ in range(self.sizes.starts):
            for start in starters:
                seconds, target = servers.first_answer_seconds(start)
                try:
                    self.note("start", target, seconds * 1000)
                    time.sleep(0.2)
                    self.note("idle kB", target, target.process.resident_kb())
                finally:
                    target.stop()


class Peak:
    """The most memory a process holds while a child runs."""

    def __init__(self, process, child):
        self.most = 0
        self.thread = threading.Thread(target=self._watch, args=(process, child))
        self.thread.start()

    def _watch(self, process, child):
        while child.poll() is None:
            self.most = max(self.most, process.resident_kb())
            time.sleep(0.05)

    def result(self):
        self.thread.join()
        return self.most
