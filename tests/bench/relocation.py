"""Moving what is stored between the local disk and a bucket, beside `rclone copy` of the same bytes,
while others read."""

import os
import subprocess
import tempfile
import threading
import time
import urllib.request
import uuid

from alcove import Client, Server

FILES = 1_000
FILE_BYTES = 256 * 1024
READERS = 2
ACCESS, SECRET = "access", "a secret key"


class Bucket:
    """One of the S3 server that `with-s3.sh` runs."""

    def __init__(self):
        self.endpoint = os.environ["ALCOVE_TEST_S3"]
        self.name = f"b-{uuid.uuid4().hex}"

    def policy(self):
        return {
            "id": 0, "name": "Bucket", "type": "s3", "server": self.endpoint,
            "bucket_name": self.name, "is_private": True, "access_key": ACCESS,
            "secret_key": SECRET, "dir_name_rule": "uploads/{uid}/{path}",
            "file_name_rule": "{uuid}_{originname}", "edges": {},
            "settings": {"chunk_size": 25 << 20, "s3_path_style": True, "file_type": None},
        }

    def copy(self, source, target, how="copy"):
        """Seconds that rclone takes with as many transfers as we have at once."""
        command = [
            os.environ["RCLONE"], "--config", "/dev/null", "--s3-provider", "Other",
            "--s3-access-key-id", ACCESS, "--s3-secret-access-key", SECRET,
            "--s3-force-path-style", "--s3-endpoint", self.endpoint, "--s3-no-check-bucket",
            how, "--transfers", "8", source, target,
        ]
        # It cannot use both its own connections and this one's certificates.
        environment = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode:
            raise SystemExit(done.stderr)
        return time.perf_counter() - began


class Reader(threading.Thread):
    """Somebody who reads one file after the other by its link."""

    def __init__(self, links, begin):
        super().__init__()
        self.links, self.next = links, begin
        self.ends, self.reads, self.failed = threading.Event(), 0, 0

    def run(self):
        while not self.ends.wait(0.02):
            url, self.next = self.links[self.next % len(self.links)], self.next + 7
            try:
                with urllib.request.urlopen(url, timeout=30) as answer:
                    self.failed += len(answer.read()) != FILE_BYTES
            except OSError:
                self.failed += 1
            self.reads += 1


def relocate(client, source, target, links):
    """Seconds until everything is moved, and how reading went meanwhile."""
    readers = [Reader(links, number) for number in range(READERS)]
    for reader in readers:
        reader.start()
    began = time.perf_counter()
    task = client.send("POST", f"/admin/policy/{source}/relocate", {"target": target})
    while True:
        all_tasks = client.get("/workflow?page_size=25&category=general")["tasks"]
        found = next(one for one in all_tasks if one["id"] == task["id"])
        if found["status"] in ("completed", "error", "canceled"):
            break
        time.sleep(0.05)
    seconds = time.perf_counter() - began
    for reader in readers:
        reader.ends.set()
        reader.join()
    assert found["status"] == "completed" and found["summary"]["props"]["failed"] == 0, found
    return seconds, sum(one.reads for one in readers), sum(one.failed for one in readers)


def measure(program, data, add):
    server = Server(program, data)
    server.start()
    client = Client.registered(server.port, "admin")
    bucket = Bucket()
    policy = client.send("PUT", "/admin/policy", {"policy": bucket.policy()})["id"]
    with tempfile.TemporaryDirectory(prefix="alcove-bench-") as folder:
        for number in range(FILES):
            content = os.urandom(FILE_BYTES)
            with open(os.path.join(folder, f"{number}.bin"), "wb") as file:
                file.write(content)
            client.upload(f"/moved/{number}.bin", content)
        links = [client.url(f"/moved/{number}.bin") for number in range(0, FILES, 10)]
        remote = f":s3:{bucket.name}/rclone"
        for what, source, target, theirs in (
            ("local → S3", 1, policy, lambda: bucket.copy(folder, remote)),
            ("S3 → local", policy, 1, lambda: bucket.copy(remote, os.path.join(folder, "back"))),
        ):
            rclone = theirs()
            seconds, reads, failed = relocate(client, source, target, links)
            total = FILES * FILE_BYTES / (1 << 20)
            add(
                f"move 1,000 files of 256 KiB, {what}, speed against `rclone copy`, %",
                "≥ 60",
                "",
                f"{100 * rclone / seconds:.0f} ({total / seconds:.0f} MiB/s against {total / rclone:.0f})",
            )
            add(f"reads that failed meanwhile, of {reads:,}", "≤ 0", "", str(failed))
    server.stop()
