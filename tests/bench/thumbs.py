"""What a thumbnail of a large photo costs, and what a hundred at once hold."""

import os
import statistics
import threading
import time
from urllib.parse import quote

from alcove import Client, uri
from photo import jpeg

PHOTOS = 100
ALONE = 10


def cpu_seconds(server):
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise SystemExit("the process has no VmHWM")


def thumb(client, path):
    return client.get(f"/file/thumb?uri={quote(uri(path), safe='')}")["url"]


def measure(bench, server, client):
    photo = jpeg()
    for number in range(PHOTOS + ALONE):
        # Under a name that gets no thumbnail by itself.
        client.upload(f"/photos/{number}.bin", photo)
        body = {"uri": uri(f"/photos/{number}.bin"), "new_name": f"{number}.jpg"}
        client.send("POST", "/file/rename", body)

    took, spent = [], cpu_seconds(server)
    for number in range(ALONE):
        began = time.perf_counter()
        thumb(client, f"/photos/{number}.jpg")
        took.append((time.perf_counter() - began) * 1000)
    spent = (cpu_seconds(server) - spent) / ALONE * 1000
    what = f"thumbnail of a 12-megapixel JPEG ({len(photo) / 2**20:.1f} MiB), ms of one core"
    bench.add(what, "≤ 150", "", f"{spent:.0f} (asked for: {statistics.median(took):.0f} ms)")

    with open(f"/proc/{server.process.pid}/clear_refs", "w", encoding="ascii") as refs:
        refs.write("5")  # The peak from here on.
    askers = [
        threading.Thread(target=thumb, args=(Client(server.port, client.token), path))
        for path in (f"/photos/{number}.jpg" for number in range(ALONE, ALONE + PHOTOS))
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    what = f"most memory of the server while {PHOTOS} of them are asked for at once, MiB"
    bench.add(what, "≤ 200", "", f"{peak_mib(server):.0f}")
