"""Measures a release build and prints a Markdown table: target, reference, measured. Fails if a
target was missed."""

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from urllib.parse import quote

import administration
import buckets
import dav
import downloads
import extracting
import hostile
import million
import packing
import relocation
import scrub
import searches
import shares
import sign_ins
import tasks
import thumbs
import tokens
from alcove import Client, Server, available_cores, listing, uri
from rival import Nginx

HERE = os.path.dirname(os.path.abspath(__file__))
MIB = 1 << 20
LARGE = 256 * MIB
ROUNDS = 3


class Bench:
    def __init__(self, program, seconds):
        self.program, self.seconds = program, seconds
        self.rows = []

    def add(self, what, target, reference, measured):
        self.rows.append((what, target, reference, measured))
        print(f"{what}: {measured}", file=sys.stderr, flush=True)

    def wrk(self, url, client=None, connections=16, script=None):
        """Requests a second. Fails if the server failed: fast errors are no result."""
        threads = 1 if script else min(2, connections)
        command = ["wrk", f"-d{self.seconds}s", f"-c{connections}", f"-t{threads}"]
        environment = dict(os.environ)
        if client:
            environment["BENCH_TOKEN"] = client.token
            command += ["-H", f"Authorization: Bearer {client.token}"]
        if script:
            command += ["-s", os.path.join(HERE, script)]
        output = subprocess.run(
            [*command, url], env=environment, check=True, capture_output=True, text=True
        ).stdout
        if "Non-2xx" in output or "Socket errors" in output:
            raise SystemExit(output)
        return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))

    def both(self, what, targets, reference, url, client, connections=16):
        """The same question again and again, and then questions that no kept answer fits."""
        kept, cold = targets
        self.rate(what, kept, reference, self.wrk(url, client, connections))
        value = self.wrk(url, client, connections, "fresh.lua")
        self.rate("the same, never asked before", cold, reference, value)

    def rate(self, what, target, reference, value):
        self.add(what, f"≥ {target:,}", f"{reference:,}", f"{value:,.0f}")


def first_number(text):
    return float(re.search(r"-?[\d,]*\.?\d+", text).group().replace(",", ""))


def is_missed(target, measured):
    """Whether a measurement, such as `1.27 × (…)`, is beyond a target, such as `≤ 1.5 ×`."""
    if target.startswith("≤"):
        return first_number(measured) > first_number(target)
    return target.startswith("≥") and first_number(measured) < first_number(target)


def seed(client):
    """A folder of 2,000 small files, and what is downloaded."""
    for number in range(2000):
        client.create(f"/two thousand/file {number:04}.txt", "file")
    client.create("/created", "folder")
    client.upload("/small.bin", os.urandom(16 * 1024))


def measure_requests(bench, server, client):
    def api(route):
        return f"http://127.0.0.1:{server.port}/api/v4{route}"

    for size, connections, targets, reference in ((100, 16, (2900, 4000), 366), (2000, 4, (280, 500), 35)):
        route = listing("/two thousand", size)
        assert len(client.get(route)["files"]) == size
        what = f"list {size:,} of a folder of 2,000, {connections} connections, /s"
        bench.both(what, targets, reference, api(route), client, connections)

    route = f"/file/info?uri={quote(uri('/two thousand/file 1000.txt'), safe='')}"
    client.get(route)
    bench.both("file info, /s", (7800, 9000), 1950, api(route), client)

    route = f"/file?uri={quote(uri('/two thousand') + '?name=1999', safe='')}"
    assert len(client.get(route)["files"]) == 1
    bench.both("search a name among 2,000, /s", (2000, 3000), 500, api(route), client)

    value = bench.wrk(api(""), client, connections=1, script="create.lua")
    # Enough of the files are there: the answers were not refusals.
    assert len(client.list("/created", 2000)["files"]) >= min(2000, value)
    bench.rate("create a file, one client, /s", 1200, 296, value)

    value = bench.wrk(client.url("/small.bin"))
    bench.rate("download 16 KiB by signed URL, /s", 17000, 5760, value)


def download_mib_per_second(url):
    command = ["curl", "-sS", "--fail", "-o", "/dev/null", "-w", "%{speed_download} %{size_download}"]
    output = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    speed, size = output.split()
    assert int(size) == LARGE, f"{size} bytes came"
    return float(speed) / MIB


def measure_streams(bench, client):
    content = os.urandom(LARGE)
    speeds = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        client.upload(f"/large {number}.bin", content)
        speeds.append(LARGE / MIB / (time.perf_counter() - began))
    bench.rate("upload 256 MiB in chunks of 25 MiB, MiB/s", 678, 678, max(speeds))

    rival = Nginx(content)
    url = client.url("/large 0.bin")
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(download_mib_per_second(rival.url))
        ours.append(download_mib_per_second(url))
    rival.stop()
    bench.add(
        "download 256 MiB, one stream, MiB/s",
        f"≥ {max(theirs):,.0f} (nginx, sendfile)",
        "",
        f"{max(ours):,.0f}",
    )


def machine():
    model = platform.processor()
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release()}"
    return f"{model}, {available_cores()} cores, {memory:.0f} GiB, {system}"


# What needs a drive of its own.
ALONE = {
    "million": million,
    "searches": searches,
    "administration": administration,
    "buckets": buckets,
    "relocation": relocation,
    "scrub": scrub,
    "packing": packing,
    "extracting": extracting,
    "hostile": hostile,
    "tasks": tasks,
    "downloads": downloads,
}
PARTS = ("requests", "sign-ins", "streams", "shares", "tokens", "thumbs", "dav", *ALONE)


def measure_drive(bench, parts):
    """What needs no drive of its own, on one server."""
    with tempfile.TemporaryDirectory(prefix="alcove-bench-") as data:
        server = Server(bench.program, data)
        server.start()
        # The first to register is administrator and has room for everything.
        client = Client.registered(server.port, "admin")
        seed(client)
        server.stop()
        server.start()
        client = Client.signed_in(server.port, "admin")
        # Until the thread that hashed the password has ended and given its memory back.
        time.sleep(12)
        idle = server.memory_mib()
        measures = {
            "requests": lambda: measure_requests(bench, server, client),
            "sign-ins": lambda: sign_ins.measure(bench, server, client),
            "streams": lambda: measure_streams(bench, client),
            "shares": lambda: shares.measure(bench, server, client),
            "tokens": lambda: tokens.measure(server, client, bench.add),
            "thumbs": lambda: thumbs.measure(bench, server, client),
            "dav": lambda: dav.measure(bench, server, client),
        }
        for part, measure in measures.items():
            if part in parts:
                measure()
        time.sleep(1)
        bench.add("memory when idle, MiB", "≤ 40", "175", f"{idle:.0f}")
        bench.add("memory after all this, MiB", "≤ 90", "232", f"{server.memory_mib():.0f}")
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="the release build of alcove")
    parser.add_argument("--seconds", type=int, default=10, help="length of each wrk run")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts")
    arguments = parser.parse_args()
    bench = Bench(arguments.program, arguments.seconds)
    if not set(arguments.only) <= set(ALONE):
        measure_drive(bench, arguments.only)
    for part, module in ALONE.items():
        if part in arguments.only:
            with tempfile.TemporaryDirectory(prefix="alcove-bench-") as data:
                module.measure(arguments.program, data, bench.add)

    print(f"{machine()}; SQLite; 16 connections unless said otherwise.\n")
    print("| what | target | reference | measured |\n|---|---|---|---|")
    for row in bench.rows:
        print("| " + " | ".join(row) + " |")
    missed = [what for what, target, _, measured in bench.rows if is_missed(target, measured)]
    if missed:
        raise SystemExit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
