# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes and what the kernel knows about them."""

import os
import subprocess
import time
from pathlib import Path


class Process:
    """A child whose processor time and memory can be asked for; ends with the benchmark."""

    def __init__(self, command, *, env=None, log=None, stdout=subprocess.DEVNULL, cwd=None):
        self.command = [str(part) for part in command]
        with open(log or os.devnull, "ab") as errors:
            self.child = subprocess.Popen(self.command, env=env, stdout=stdout, stderr=errors, text=True, cwd=cwd,
                                          stdin=subprocess.DEVNULL)

    @property
    def pid(self):
        return self.child.pid

    def first_line(self):
        """The line in which a server says that it is ready."""
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.command[0]} ended with {self.child.wait()} before it was ready")
        return line

    def cpu_seconds(self):
        """Processor time of all threads, in the kernel's nanoseconds where it counts them."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except FileNotFoundError:
                return self._cpu_seconds_in_ticks()
        return total / 1e9

    def _cpu_seconds_in_ticks(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_kb(self):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0

    def pin(self, cores):
        for task in os.listdir(f"/proc/{self.pid}/task"):
            os.sched_setaffinity(int(task), cores)

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        if self.child.stdout:
            self.child.stdout.close()


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.002)
    raise RuntimeError(f"{what}: not within {seconds} s")
