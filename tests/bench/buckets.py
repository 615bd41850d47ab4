"""Uploads to a bucket and downloads from it, through the server and beside `rclone copyto` of the same
bytes; how soon an upload straight to the bucket is opened; how many links are signed; and what memory
several large uploads take."""

import http.client
import json
import os
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from alcove import API, Client, Server, uri
from relocation import Bucket

MIB = 1 << 20
LARGE = 1 << 30
DIRECT = 256 * MIB
ROUNDS = 2
OPENED = 40
UPLOADS = 4


def written(folder, name):
    """A file of random bytes, made a piece at a time."""
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        for _ in range(LARGE // (16 * MIB)):
            file.write(os.urandom(16 * MIB))
    return path


def pieces(file, length):
    while length:
        piece = file.read(min(MIB, length))
        length -= len(piece)
        yield piece


def upload(client, source, target):
    """Seconds until all chunks of a file are acknowledged."""
    began = time.perf_counter()
    body = {"uri": uri(target), "size": LARGE, "entity_type": "version"}
    session = client.send("PUT", "/file/upload", body)
    # What goes through the server to a vendor goes in one piece.
    size = session["chunk_size"] or LARGE
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=300)
    with open(source, "rb") as file:
        for index in range(-(-LARGE // size)):
            length = min(size, LARGE - index * size)
            headers = {"Authorization": f"Bearer {client.token}", "Content-Length": str(length)}
            route = f"{API}/file/upload/{session['session_id']}/{index}"
            connection.request("POST", route, pieces(file, length), headers)
            answer = json.loads(connection.getresponse().read())
            assert answer["code"] == 0, answer
    return time.perf_counter() - began


def download(url):
    began = time.perf_counter()
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=300)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer, total, piece = connection.getresponse(), 0, bytearray(MIB)
    while count := answer.readinto(piece):
        total += count
    assert total == LARGE, (answer.status, total)
    return time.perf_counter() - began


def streams(client, bucket, add):
    with tempfile.TemporaryDirectory(prefix="alcove-bench-") as folder:
        source = written(folder, "large.bin")
        back = os.path.join(folder, "back.bin")
        up, down, their_up, their_down = [], [], [], []
        for number in range(ROUNDS):
            # What is there already it would not send again.
            remote = f":s3:{bucket.name}/rclone {number}.bin"
            their_up.append(bucket.copy(source, remote, "copyto"))
            up.append(upload(client, source, f"/large {number}.bin"))
            their_down.append(bucket.copy(remote, back, "copyto"))
            os.remove(back)
            down.append(download(client.url(f"/large {number}.bin")))
        for what, target, ours, theirs in (
            ("upload 1 GiB to a bucket by way of us", 70, up, their_up),
            ("download 1 GiB from a bucket by way of us", 80, down, their_down),
        ):
            ratio = 100 * min(theirs) / min(ours)
            speeds = f"{1024 / min(ours):.0f} MiB/s against {1024 / min(theirs):.0f}"
            add(f"{what}, speed against `rclone copyto`, %", f"≥ {target}", "", f"{ratio:.0f} ({speeds})")


def memory(server, client, add):
    with tempfile.TemporaryDirectory(prefix="alcove-bench-") as folder:
        source = written(folder, "large.bin")
        before = server.private_mib()
        with server.watched() as watch, ThreadPoolExecutor(UPLOADS) as pool:
            people = [Client(client.port, client.token) for _ in range(UPLOADS)]
            sent = [pool.submit(upload, one, source, f"/at once {n}.bin") for n, one in enumerate(people)]
            for one in sent:
                one.result()
        more = watch.most_mib - before
        add("four uploads of 1 GiB to a bucket by way of us, more memory, MiB", "≤ 64", "", f"{more:.0f}")


def opening(client, bucket, add):
    """Against what the store itself takes for the two questions that opening costs."""
    def median(asked):
        taken = []
        for number in range(OPENED):
            began = time.perf_counter()
            asked(number)
            taken.append(1000 * (time.perf_counter() - began))
        return sorted(taken)[len(taken) // 2]

    def opened(number):
        body = {"uri": uri(f"/direct {number}.bin"), "size": DIRECT, "entity_type": "version"}
        client.send("PUT", "/file/upload", body)

    parts = urlsplit(bucket.endpoint)
    store = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)

    def asked(_):
        # What the store answers to anybody, after having looked who asks.
        store.request("GET", f"/{bucket.name}/?uploads")
        store.getresponse().read()

    opened(OPENED)
    ours, trip = median(opened), median(asked)
    add("open an upload of 256 MiB straight to a bucket, ms beyond two round trips", "≤ 5", "",
        f"{ours - 2 * trip:.1f} ({ours:.1f}, a round trip {trip:.1f})")


def measure(program, data, add):
    server = Server(program, data)
    server.start()
    client = Client.registered(server.port, "admin")
    bucket = Bucket()
    policy = bucket.policy()
    policy["settings"].update(relay=True, internal_proxy=True)
    made = client.send("PUT", "/admin/policy", {"policy": policy})
    group = client.get("/admin/group/1")
    group["edges"]["storage_policies"] = {"id": made["id"]}
    client.send("PUT", "/admin/group/1", {"group": group})
    streams(client, bucket, add)
    memory(server, client, add)
    made["settings"]["relay"] = False
    client.send("PUT", f"/admin/policy/{made['id']}", {"policy": made})
    time.sleep(11)
    opening(client, bucket, add)
    server.stop()
    signing = os.path.join(os.path.dirname(program), "examples", "signing")
    signed = subprocess.run([signing], capture_output=True, text=True, check=True).stdout
    add("sign a download URL, one core, /s", "≥ 20,000", "", f"{float(signed):,.0f}")
