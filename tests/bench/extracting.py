"""Unpacking archives: how long one small file takes, how many small ones a second, and a large one beside
its upload; and listing an archive."""

import io
import os
import time
import zipfile
from urllib.parse import quote

from alcove import Client, Server, uri

SMALL, SMALL_BYTES = 2_000, 8 * 1024
LARGE_BYTES = 1 << 30
LISTED = 5_000
RUNS = 3


def zipped(entries, stored=False):
    """A zip in memory, of names and contents."""
    out = io.BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def extracted(client, archive, folder):
    """Seconds from the request to the end."""
    client.send("POST", "/file/create", {"uri": uri(folder), "type": "folder"})
    began = time.perf_counter()
    body = {"src": [uri(archive)], "dst": uri(folder)}
    task = client.send("POST", "/workflow/extract", body)
    while True:
        tasks = client.get("/workflow?page_size=10&category=general")["tasks"]
        state = next(one for one in tasks if one["id"] == task["id"])
        if state["status"] == "completed":
            return time.perf_counter() - began
        if state["status"] in ("error", "canceled"):
            raise SystemExit(state.get("error", "it was called off"))
        time.sleep(0.005)


def measure(program, data, add):
    server = Server(program, data)
    server.start()
    client = Client.registered(server.port, "admin")

    client.upload("/one.zip", zipped([("one.txt", b"one small file")]))
    taken = min(extracted(client, "/one.zip", f"/one {run}") for run in range(RUNS))
    add("unpack one small file, request to done, s", "≤ 0.3", "3.7", f"{taken:.2f}")

    many = [(f"d{n % 20}/f{n}.bin", os.urandom(SMALL_BYTES)) for n in range(SMALL)]
    client.upload("/many.zip", zipped(many))
    taken = min(extracted(client, "/many.zip", f"/many {run}") for run in range(RUNS))
    add("unpack 2,000 × 8 KiB, files/s", "≥ 600", "48", f"{SMALL / taken:,.0f}")

    large = os.urandom(LARGE_BYTES)
    archive = zipped([("large.bin", large)], stored=True)
    del large
    uploads, extractions = [], []
    for run in range(RUNS):
        began = time.perf_counter()
        client.upload(f"/large {run}.zip", archive)
        uploads.append(time.perf_counter() - began)
        extractions.append(extracted(client, f"/large {run}.zip", f"/large {run}"))
    speed = 100 * min(uploads) / min(extractions)
    add(
        "unpack 1 GiB that is stored, speed against its upload, %",
        "≥ 60",
        "",
        f"{speed:.0f} ({LARGE_BYTES / min(extractions) / (1 << 20):,.0f} MiB/s)",
    )

    times = []
    for run in range(RUNS):
        listed = [(f"d{n % 50}/some file {n} {run}.txt", b"") for n in range(LISTED)]
        client.upload(f"/listed {run}.zip", zipped(listed))
        route = f"/file/archive?uri={quote(uri(f'/listed {run}.zip'), safe='')}"
        began = time.perf_counter()
        client.bytes("GET", route)
        times.append(time.perf_counter() - began)
    add("list a zip of 5,000 entries, s", "≤ 0.01", "0.01", f"{min(times):.4f}")
    server.stop()
