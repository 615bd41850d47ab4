"""Packing: small files, many of them, and large ones, deflated and stored, beside an upload of the
same bytes."""

import glob
import os
import threading
import time

from alcove import Client, Server, uri

MANY, LARGE = 2_000, 300
SMALL_BYTES, BLOCK = 8 * 1024, 1 << 20


class PackingCpu(threading.Thread):
    """Seconds of a core that the thread which packs has taken, as far as seen before it ended."""

    def __init__(self, server):
        super().__init__()
        self.tasks, self.seconds, self.ends = f"/proc/{server.process.pid}/task/*", 0, threading.Event()

    def run(self):
        ticks = os.sysconf("SC_CLK_TCK")
        while not self.ends.wait(0.005):
            for task in glob.glob(self.tasks):
                try:
                    with open(f"{task}/stat", encoding="utf-8") as stat:
                        name, rest = stat.read().rsplit(")", 1)
                except OSError:
                    continue
                if name.endswith("(packing"):
                    fields = rest.split()
                    self.seconds = max(self.seconds, (int(fields[11]) + int(fields[12])) / ticks)


def texts(count):
    """Text as logs are: about a third of it is left by deflate."""
    words = [os.urandom(6).hex() for _ in range(4_000)]
    lines = (f"{number} {words[number * 7919 % 4_000]} {words[number * 104_729 % 4_000]} ok\n" for number in range(count * 25_000))
    return ("".join(lines)).encode()[: count * BLOCK]


def pack(client, sources, target, **more):
    """Seconds from the request until the task is seen to be done."""
    body = {"src": [uri(path) for path in sources], "dst": uri(target), **more}
    began = time.perf_counter()
    task = client.send("POST", "/workflow/archive", body)
    while True:
        found = client.get("/workflow?page_size=10&category=general")["tasks"]
        state = next(one for one in found if one["id"] == task["id"])
        if state["status"] in ("completed", "error", "canceled"):
            break
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    assert state["status"] == "completed" and state["summary"]["props"]["failed"] == 0, state
    return seconds


def measure(program, data, add):
    server = Server(program, data)
    server.start()
    client = Client.registered(server.port, "admin")
    client.upload("/one.txt", b"one")
    for number in range(MANY):
        client.upload(f"/many/{number}.txt", os.urandom(SMALL_BYTES // 2) * 2)
    content = texts(LARGE)
    uploads = []
    for number in range(3):
        began = time.perf_counter()
        client.upload(f"/large/{number}.txt", content)
        uploads.append(time.perf_counter() - began)
    one = min(pack(client, ["/one.txt"], f"/one-{number}.zip") for number in range(3))
    add("pack one small file, request to done, s", "≤ 0.3", "27.6", f"{one:.2f}")
    many = min(pack(client, ["/many"], f"/many-{number}.zip") for number in range(3))
    add("pack 2,000 files of 8 KiB, s", "≤ 2", "30.0", f"{many:.2f}")
    cpu = PackingCpu(server)
    with server.watched() as watch:
        before = server.private_mib()
        cpu.start()
        pack(client, ["/large/0.txt"], "/deflated.zip")
        cpu.ends.set()
        cpu.join()
        stored = min(
            pack(client, ["/large/0.txt"], f"/stored-{number}.zip", method="store") for number in range(3)
        )
    add("pack 300 MiB, deflate, MiB/s of one core", "≥ 60", "", f"{LARGE / cpu.seconds:.0f}")
    add("pack 300 MiB, stored, speed against an upload, %", "≥ 60", "", f"{100 * min(uploads) / stored:.0f}")
    add("most memory that packing takes, MiB", "≤ 64", "", f"{watch.most_mib - before:.0f}")
    server.stop()
