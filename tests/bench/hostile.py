"""Archives that nobody means well with: the most memory that the server and whoever reads for it take
together, beside what it held before."""

import gzip
import io
import os
import struct
import subprocess
import tarfile
import threading
import time
import zipfile
from urllib.parse import quote

from alcove import Client, Server, uri

MIB = 1 << 20
# More than a decoder may look back over in a small archive.
LONG = 300 * MIB


def packed(command, size):
    """What a program makes of so many bytes, which repeat from far away only."""
    block = os.urandom(MIB)
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def write():
        with child.stdin as to:
            for _ in range(size // MIB):
                to.write(block)

    writer = threading.Thread(target=write)
    writer.start()
    with child.stdout as out:
        content = out.read()
    writer.join()
    assert child.wait() == 0, command
    return content


def seven_zip(data):
    """A 7z of a large file that says that it looks back over 256 MiB."""
    source, archive = os.path.join(data, "large.bin"), os.path.join(data, "large.7z")
    block = os.urandom(MIB)
    with open(source, "wb") as out:
        for _ in range(LONG // MIB):
            out.write(block)
    subprocess.run(["7zz", "a", "-bso0", "-m0=lzma2:d=256m", "-mmt=1", "-mx=1", archive, source], check=True)
    with open(archive, "rb") as file:
        content = file.read()
    os.remove(source)
    os.remove(archive)
    return content


def million_entries():
    """A directory of a million names of the same empty file."""
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + b"a"
    names = (b"%07d" % number for number in range(1_000_000))
    head = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0)
    directory = b"".join(head + name for name in names)
    at, count = len(local), 1_000_000
    end64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), at)
    place = struct.pack("<4sIQI", b"PK\6\7", 0, at + len(directory), 1)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return local + directory + end64 + place + end


def long_name():
    """A tar in which the name of a file has 800 MiB."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 800 * MIB
    head = info.tobuf(tarfile.GNU_FORMAT)[-512:]
    child = subprocess.Popen(["zstd", "-q", "-c"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def write():
        with child.stdin as to:
            to.write(head)
            for _ in range(810):
                to.write(b"n" * MIB)

    writer = threading.Thread(target=write)
    writer.start()
    with child.stdout as out:
        content = out.read()
    writer.join()
    assert child.wait() == 0
    return content


def many_small():
    """A zip of a hundred thousand files of nothing, with names of 120 letters."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(100_000):
            archive.writestr(f"{number:0120}", b"")
    return out.getvalue()


def archives(data):
    yield "ten gigabytes in ten megabytes.gz", gzip.compress(bytes(64 * MIB), 6) * 160
    yield "a million entries.zip", million_entries()
    yield "a hundred thousand long names.zip", many_small()
    yield "a name of 800 MiB.tar.zst", long_name()
    yield "far back.xz", packed(["xz", "-9", "-T1", "-c"], LONG)
    yield "far back.zst", packed(["zstd", "-q", "--long=26", "-c"], LONG)
    yield "too far back.zst", packed(["zstd", "-q", "--long=28", "-c"], LONG)
    yield "too far back.7z", seven_zip(data)


def anonymous_mib(process):
    """What a process and all below it hold, without files that are mapped."""
    total, left = 0, [process]
    while left:
        one = left.pop()
        try:
            with open(f"/proc/{one}/status", encoding="ascii") as status:
                for line in status:
                    if line.startswith("RssAnon:"):
                        total += int(line.split()[1])
            for thread in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{thread}/children", encoding="ascii") as children:
                    left += children.read().split()
        except OSError:
            continue
    return total / 1024


class Watch(threading.Thread):
    """The most that is held until it ends."""

    def __init__(self, process):
        super().__init__()
        self.process, self.ends, self.most_mib = process, threading.Event(), 0

    def run(self):
        while not self.ends.wait(0.003):
            self.most_mib = max(self.most_mib, anonymous_mib(self.process))


def unpacked(client, archive, folder):
    """How the task ends."""
    client.send("POST", "/file/create", {"uri": uri(folder), "type": "folder"})
    body = {"src": [uri(archive)], "dst": uri(folder)}
    task = client.send("POST", "/workflow/extract", body)
    while True:
        state = client.get(f"/workflow/task/{task['id']}")
        if state["status"] not in ("queued", "processing", "suspending"):
            return state
        time.sleep(0.02)


def measure(program, data, add):
    server = Server(program, data)
    server.start()
    client = Client.registered(server.port, "admin")
    worst, which = 0, ""
    for name, content in archives(data):
        client.upload(f"/{name}", content)
        # What the upload took is given back by then.
        time.sleep(2)
        before = anonymous_mib(server.process.pid)
        watch = Watch(server.process.pid)
        watch.start()
        client.bytes("GET", f"/file/archive?uri={quote(uri('/' + name), safe='')}")
        if name != "a hundred thousand long names.zip":
            state = unpacked(client, f"/{name}", f"/of {name}")
            said = state.get("error", "it is unpacked")
        else:
            said = "listed only"
        watch.ends.set()
        watch.join()
        more = watch.most_mib - before
        print(f"  {name}: {more:.0f} MiB; {said[:100]}", flush=True)
        if more > worst:
            worst, which = more, name
    add("unpack hostile archives, most memory more, MiB", "≤ 64", "1,200", f"{worst:.0f} ({which})")
    server.stop()
