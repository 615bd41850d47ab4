"""Reading again what is stored, beside `b3sum` over the same files; and damage that was done on purpose:
each found, each mirrored one healed, nothing else touched."""

import os
import random
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from alcove import Client, Server, listing

LARGE, LARGE_BYTES = 64, 16 << 20
FAULTS, SMALL_BYTES = 10_000, 512
# And so many files stay whole.
WHOLE = 2_000
FILES = FAULTS + WHOLE
# Clients that upload at the same time: most of what each does is to wait for the disk.
CLIENTS = 16
RUNS = 3


def stored_below(folder):
    for path, folders, names in os.walk(folder):
        if ".staging" in folders:
            folders.remove(".staging")
        yield from (os.path.join(path, name) for name in names)


def drop_caches(paths):
    """What was just written is in memory: both are to read from the disk, or neither."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def read_all(client):
    """Seconds until everything was read again."""
    began = time.perf_counter()
    client.send("POST", "/admin/proof/run", {})
    while client.get("/admin/proof")["running"]:
        time.sleep(0.05)
    return time.perf_counter() - began


def speed(client, data, add):
    def upload(number):
        Client(client.port, client.token).upload(f"/large/{number}.bin", os.urandom(LARGE_BYTES))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upload, range(LARGE)))
    paths = list(stored_below(os.path.join(data, "uploads")))
    ours, theirs = [], []
    for _ in range(RUNS):
        drop_caches(paths)
        ours.append(read_all(client))
        drop_caches(paths)
        began = time.perf_counter()
        subprocess.run(["b3sum", "--num-threads", "1", *paths], check=True, stdout=subprocess.DEVNULL)
        theirs.append(time.perf_counter() - began)
    total = LARGE * LARGE_BYTES / (1 << 20)
    add(
        "read 1 GiB again, speed against `b3sum` on one core, %",
        "≥ 70",
        "",
        f"{100 * min(theirs) / min(ours):.0f} ({total / min(ours):,.0f} MiB/s against {total / min(theirs):,.0f})",
    )
    add("list a folder meanwhile, time against alone, %", "≤ 105", "", f"{listings(client, data):.0f}")


def listings(client, data):
    """How much longer the median listing takes while everything is read again."""
    asker = Client(client.port, client.token)

    def median(seconds):
        taken, until, number = [], time.perf_counter() + seconds, 0
        while time.perf_counter() < until:
            number += 1
            began = time.perf_counter()
            asker.bytes("GET", listing("/large", 50 + number % 13))
            taken.append(time.perf_counter() - began)
        return sorted(taken)[len(taken) // 2]

    median(1)
    alone = median(3)
    drop_caches(stored_below(os.path.join(data, "uploads")))
    client.send("POST", "/admin/proof/run", {})
    return 100 * median(1) / alone


def damage(path, others, kind):
    with open(path, "rb") as file:
        content = file.read()
    match kind:
        case 0:
            at = random.randrange(len(content))
            wrong = content[:at] + bytes([content[at] ^ (1 << random.randrange(8))]) + content[at + 1 :]
        case 1:
            wrong = content[: random.randrange(len(content))]
        case 2:
            wrong = content + os.urandom(random.randrange(1, 100))
        case 3:
            with open(random.choice(others), "rb") as file:
                wrong = file.read()
        case _:
            os.remove(path)
            return
    with open(path, "wb") as file:
        file.write(wrong)


def faults(client, disks, add):
    """Most of what is mirrored is damaged, each on one of the two disks."""
    def upload(numbers):
        mine = Client(client.port, client.token)
        for number in numbers:
            mine.put(f"/small/{number % 100}/{number}.bin", os.urandom(SMALL_BYTES))

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(upload, (range(start, FILES, CLIENTS) for start in range(CLIENTS))))
    names = [os.path.relpath(path, disks[0]) for path in stored_below(disks[0])]
    assert len(names) == FILES, len(names)
    random.shuffle(names)
    bad, good = names[:FAULTS], names[FAULTS:]
    before = {}
    for name in names:
        with open(os.path.join(disks[0], name), "rb") as file:
            before[name] = file.read()
    untouched = {}
    for name in good:
        for disk in disks:
            path = os.path.join(disk, name)
            untouched[path] = os.stat(path).st_ino
    for number, name in enumerate(bad):
        others = [os.path.join(disks[0], random.choice(good))]
        damage(os.path.join(random.choice(disks), name), others, number % 5)
    began = time.perf_counter()
    read_all(client)
    seconds = time.perf_counter() - began

    def is_whole(path, content):
        try:
            with open(path, "rb") as file:
                return file.read() == content
        except FileNotFoundError:
            return False

    left = sum(not is_whole(os.path.join(disk, name), before[name]) for name in names for disk in disks)
    touched = sum(os.stat(path).st_ino != inode for path, inode in untouched.items())
    found = len(client.get("/admin/proof/damaged")["entities"])
    add("copies still damaged of 10,000 in a mirror, once all was read", "≤ 0", "", f"{left} (in {seconds:.0f} s)")
    add(f"good copies touched meanwhile, of {2 * WHOLE:,}", "≤ 0", "", str(touched))
    add("of these blobs given up", "≤ 0", "", str(found))


def measure(program, data, add):
    with tempfile.TemporaryDirectory(prefix="alcove-bench-disks-") as place:
        os.environ["ALCOVE_STORAGE_ROOTS"] = place
        server = Server(program, data)
        server.start()
        client = Client.registered(server.port, "admin")
        client.send("PATCH", "/admin/settings", {"settings": {"scrub_bytes_per_second": "0"}})
        time.sleep(6)
        speed(client, data, add)
        disks = [os.path.join(place, name) for name in ("one", "two")]
        members = []
        for disk in disks:
            os.mkdir(disk)
            members.append(made(client, {"root": disk}))
        mirror = made(client, {"backend": "mirror", "members": members})
        group = client.get("/admin/group/1")
        group["edges"]["storage_policies"] = {"id": mirror}
        client.send("PUT", "/admin/group/1", {"group": group})
        faults(client, disks, add)
        server.stop()


def made(client, settings):
    policy = {
        "id": 0, "name": "Bench", "type": "local", "dir_name_rule": "{uid}", "file_name_rule": "{uuid}",
        "settings": {"file_type": None, **settings}, "edges": {},
    }
    client.send("POST", "/admin/policy/test", {"policy": policy})
    return client.send("PUT", "/admin/policy", {"policy": policy})["id"]
