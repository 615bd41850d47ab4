"""Downloads from elsewhere by the server itself and by aria2, beside `curl` of the same bytes to the
same disk."""

import os
import subprocess
import tempfile
import time

from alcove import Client, Server, free_port, listing, uri
from rival import Nginx

MIB = 1 << 20
SMALL, LARGE = 3 * MIB, 1024 * MIB
ROUNDS = 3
SECRET = "a long secret"


def fetch(client, url):
    """Seconds from the request to the end of the task."""
    began = time.perf_counter()
    body = {"src": [url], "dst": "cloudreve://my/"}
    task = client.send("POST", "/workflow/download", body)[0]
    while True:
        ended = client.get("/workflow?page_size=10&category=downloaded")["tasks"]
        found = [one for one in ended if one["id"] == task["id"]]
        if found:
            break
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    assert found[0]["status"] == "completed", found
    return seconds


def curl(url, folder):
    """Seconds until the bytes are in a file, and on the disk as ours are."""
    path = os.path.join(folder, "curl.bin")
    began = time.perf_counter()
    subprocess.run(["curl", "-sS", "--fail", "-o", path, url], check=True)
    with open(path, "rb") as file:
        os.fsync(file.fileno())
    seconds = time.perf_counter() - began
    os.remove(path)
    return seconds


def configure(client, settings):
    near = {"url_validation": {"allowed_cidrs": ["127.0.0.0/8"]}, "interval": 5}
    node = client.get("/admin/node/1")
    node["settings"] = {**near, **settings}
    client.send("PUT", "/admin/node/1", {"node": node})


def best(fetched):
    return min(fetched(number) for number in range(ROUNDS))


def measure(program, data, add):
    server = Server(program, data)
    server.start()
    client = Client.registered(server.port, "admin")
    configure(client, {"provider": "builtin"})
    small, large = Nginx(os.urandom(SMALL)), Nginx(os.urandom(MIB) * (LARGE // MIB))
    with tempfile.TemporaryDirectory(prefix="alcove-bench-") as folder:
        seconds = best(lambda _: again(client, small.url))
        add("download 3 MiB by link, request to done, s", "≤ 0.5", "40.2", f"{seconds:.2f}")
        theirs = best(lambda _: curl(large.url, folder))
        with server.watched() as watch:
            ours = best(lambda _: again(client, large.url))
        speed = LARGE / MIB
        add(
            "download 1 GiB by link, speed against `curl` and a sync, %",
            "≥ 70",
            "",
            f"{100 * theirs / ours:.0f} ({speed / ours:.0f} MiB/s against {speed / theirs:.0f})",
        )
        add("most memory meanwhile, MiB", "≤ 96", "", f"{watch.most_mib:.0f}")
        port = free_port()
        daemon = subprocess.Popen(
            ["aria2c", "--no-conf", "--enable-rpc", f"--rpc-listen-port={port}",
             f"--rpc-secret={SECRET}", "--enable-dht=false", "--quiet=true"],
            stdout=subprocess.DEVNULL,
        )
        aria2 = {"server": f"http://127.0.0.1:{port}", "token": SECRET, "temp_path": folder}
        configure(client, {"provider": "aria2", "aria2": aria2})
        time.sleep(1)
        seconds = best(lambda _: again(client, small.url))
        add("the same 3 MiB by aria2, s", "≤ 2", "40.2", f"{seconds:.2f}")
        daemon.terminate()
        daemon.wait(10)
    small.stop()
    large.stop()
    server.stop()


def again(client, url):
    """Once more: nothing is overwritten, so what came before goes first."""
    if any(file["name"] == "large.bin" for file in client.get(listing("/", 50))["files"]):
        body = {"uris": [uri("/large.bin")], "unlink": False, "skip_soft_delete": True}
        client.send("DELETE", "/file", body)
    return fetch(client, url)
