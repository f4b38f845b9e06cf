# SPDX-License-Identifier: GPL-3.0-or-later
"""The table: what was measured, beside what is demanded."""

import json


class Row:
    """`at_least`: the ratio has to reach the floor instead of staying below it."""

    def __init__(self, figure, own, other, ratio, floor=None, goal=None, *, at_least=False, unit=""):
        self.figure, self.own, self.other, self.ratio = figure, own, other, ratio
        self.floor, self.goal, self.at_least, self.unit = floor, goal, at_least, unit

    def reaches(self, limit):
        if limit is None or self.ratio is None:
            return None
        return self.ratio >= limit if self.at_least else self.ratio <= limit

    def verdict(self):
        if self.floor is None:
            return ""
        if self.ratio is None:
            return "not measured"
        if not self.reaches(self.floor):
            return "BELOW"
        return "goal" if self.reaches(self.goal) else "ok"


def rows(m, portkey):
    def against(figure, samples, floor=None, goal=None, *, at_least=False, unit="", to="nginx"):
        return Row(figure, m.median(samples, "fairlead"), m.median(samples, to), m.ratio(samples, "fairlead", to), floor, goal,
                   at_least=at_least, unit=unit)

    def added(figure, samples, floor=None, goal=None):
        """What each adds to the direct call. Under a microsecond is noise, not a denominator."""
        direct = m.median(samples, "direct")
        own, other = m.median(samples, "fairlead"), m.median(samples, "nginx")
        if None in (direct, own, other):
            return Row(figure, None, None, None, floor, goal)
        own, other = own - direct, other - direct
        return Row(figure, own, other, own / other if other > 1 else None, floor, goal, unit="µs")

    def alone(figure, value, floor=None, goal=None, *, other=None, unit=""):
        return Row(figure, value, other, value, floor, goal, unit=unit)

    table = [
        against("CPU a request, 1 connection", "c1 cpu", 2.2, 1.4, unit="µs"),
        against("CPU a request, 16 connections", "c16 cpu", 2.2, 1.4, unit="µs"),
        against("CPU a request, 64 connections", "c64 cpu", 2.2, 1.4, unit="µs"),
        against("requests/s of one core, 16 connections", "c16 core rate", 0.45, 0.75, at_least=True),
        against("requests/s of one core, 64 connections", "c64 core rate", 0.45, 0.75, at_least=True),
        against("most requests/s, nothing pinned", "c64 rate", 0.5, 0.8, at_least=True),
        added("added p50, 1 connection", "c1 p50", 2.0, 1.2),
        added("added p99, 1 connection", "c1 p99"),
        added("added p50, 500 requests/s", "open p50", 3, 1.5),
        added("added p99, 500 requests/s", "open p99"),
        against("200 kB bodies, requests/s", "200kB rate", 0.6, 1.2, at_least=True),
        alone("slowest p50 of any size to 200 kB, ms", (m.median("steps p50", "fairlead") or 0) / 1000, 5, 5,
              other=(m.median("steps p50", "nginx") or 0) / 1000),
        against("bursts of SSE, streams/s", "burst rate", 0.9, 1.4, at_least=True),
    ]
    for count in m.sizes.streams:
        name = f"streams {count}"
        thousand = count == 1000
        table += [
            alone(f"{count} paced streams: lost", max(m.samples[f"{name} lost"].get("fairlead", [0])), 0, 0,
                  other=max(m.samples[f"{name} lost"].get("nginx", [0]))),
            against(f"{count} paced streams: CPU", f"{name} cpu", 1.5 if thousand else None, 1.05 if thousand else None,
                    unit="µs"),
            alone(f"{count} paced streams: kB a stream", max(m.samples[f"{name} kB"].get("fairlead", [0])),
                  25 if thousand else None, 10 if thousand else None,
                  other=max(m.samples[f"{name} kB"].get("nginx", [0]))),
            added(f"{count} paced streams: added to the first byte, p50", f"{name} first p50"),
            added(f"{count} paced streams: added to the first byte, p99", f"{name} first p99"),
            against(f"{count} paced streams: chunks a read / direct", f"{name} events", 1.05, 1.02, to="direct"),
        ]
    before, after = m.median("lone before", "fairlead"), m.median("lone after", "fairlead")
    table += [
        Row("1 connection after the streams / before", after, before, after / before, 1.2, 1.05, unit="µs"),
        alone("streams left 0.5 s after 200 clients went", max(m.samples["dropped"]["fairlead"]), 0, 0,
              other=max(m.samples["dropped"]["nginx"])),
        against("HTTPS upstream, requests/s", "https rate", 0.3, 0.8, at_least=True),
        against("HTTPS upstream, CPU a request", "https cpu", unit="µs"),
        alone("stream from another dialect, CPU / same dialect", m.median("translated cpu", "fairlead"), 3, 1.5),
        against("start to first answer", "start", unit="ms"),
        against("idle resident", "idle kB", unit="kB"),
    ]
    if portkey:
        table += [
            against("most requests/s / portkey", "c64 rate", 20, 35, at_least=True, to="portkey"),
            against("start to first answer / portkey", "start", 0.3, 0.1, to="portkey", unit="ms"),
            against("idle resident / portkey", "idle kB", 0.4, 0.3, to="portkey", unit="kB"),
        ]
    return table


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value % 1 else f"{value:.0f}"


def as_table(table):
    head = ("figure", "fairlead", "nginx or other", "ratio", "floor", "goal", "ok?")
    lines = [head]
    for row in table:
        limit = "≥ " if row.at_least else "≤ "
        unit = f" {row.unit}" if row.unit else ""
        lines.append((
            row.figure, number(row.own) + unit, number(row.other) + unit if row.other is not None else "-",
            number(row.ratio), limit + number(row.floor) if row.floor is not None else "",
            limit + number(row.goal) if row.goal is not None else "", row.verdict()))
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines]
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(text)


def as_json(table, samples):
    figures = [dict(vars(row), verdict=row.verdict()) for row in table]
    return json.dumps({"figures": figures, "samples": samples}, indent=1)
