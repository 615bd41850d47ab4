"""What administrators do on a site of 100,000 accounts, files, blobs, shares, tasks and events (or as
many as `ALCOVE_BENCH_ROWS` says), on SQLite and, where `with-postgres.sh` gave an address, on PostgreSQL."""

import os
import random
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from urllib.parse import urlsplit, urlunsplit

from alcove import Client, Server

ROWS = int(os.environ.get("ALCOVE_BENCH_ROWS", "100000"))
DELETED = 10_000
PAGE = 50
ROUNDS = 40

# Sizes and times repeat and do not follow the names: no order comes for free.
NUMBERS = f"""WITH RECURSIVE number(n) AS
(SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM number WHERE n < {ROWS})"""
NAME = "'file ' || (n * 7919 % 1000003) || '.txt'"
TIMES = "{now} - n * 104729 % 500009 * 1000000, {now} - n * 15485863 % 700001 * 1000000"
STATEMENTS = [
    """INSERT INTO users (email, nick, status, avatar, group_id, used_bytes, tree_version, settings,
        created_at, updated_at)
       NUMBERS SELECT 'person' || n || '@example.com', 'Person ' || (n * 7919 % 1000003), 'active', '', 2,
        n % 9973, 0, '{{}}', TIMES FROM number""",
    """INSERT INTO files (kind, owner_id, parent_id, name, name_folded, size_bytes, is_symbolic,
        created_at, updated_at)
       NUMBERS SELECT 0, {owner}, {root}, NAME, NAME, n * 7919 % 100003, {no}, TIMES FROM number""",
    """INSERT INTO blobs (kind, policy_id, key, size_bytes, reference_count, created_by, props,
        created_at, updated_at)
       SELECT 0, 1, 'seed/' || id, size_bytes, 1, owner_id, '{{}}', created_at, updated_at
       FROM files WHERE parent_id = {root}""",
    """INSERT INTO file_blobs (file_id, blob_id)
       SELECT f.id, b.id FROM files f JOIN blobs b ON b.policy_id = 1 AND b.key = 'seed/' || f.id
       WHERE f.parent_id = {root}""",
    """UPDATE files SET current_blob_id = (SELECT blob_id FROM file_blobs WHERE file_id = files.id)
       WHERE parent_id = {root}""",
    """UPDATE users SET used_bytes = (SELECT SUM(size_bytes) FROM files WHERE parent_id = {root})
       WHERE id = {owner}""",
    """INSERT INTO shares (public_number, owner_id, file_id, views, downloads, share_view, show_readme,
        revision, created_at, updated_at)
       SELECT id, owner_id, id, id * 7919 % 9973, id * 104729 % 997, {no}, {no}, 0, created_at, updated_at
       FROM files WHERE parent_id = {root}""",
    """INSERT INTO tasks (kind, state, owner_id, public_state, private_state, retries, resume_at,
        created_at, updated_at)
       NUMBERS SELECT 'prune_versions', 'completed', {owner}, '{{}}', '{{}}', 0, 0, TIMES FROM number""",
    """INSERT INTO journal (at, owner_id, actor_id, op, is_folder, path_before, category)
       NUMBERS SELECT {now} - ({rows} - n) * 1000000, {owner}, {owner}, 'delete', {no}, '/' || NAME, 'file'
       FROM number""",
]
# The list, where its rows are, and what it can be ordered by.
LISTS = [
    ("user", "users", ("", "nick", "email", "storage", "updated_at")),
    ("file", "files", ("", "name", "size", "created_at", "updated_at")),
    ("entity", "entities", ("", "size", "updated_at", "reference_count")),
    ("share", "shares", ("", "views", "downloads")),
    ("queue", "tasks", ("",)),
    ("event", "logs", ("",)),
]


class Sqlite:
    """The database in a data folder."""

    name = "SQLite"

    def __init__(self, data):
        self.path = os.path.join(data, "alcove.db")

    def run(self, statements):
        db = sqlite3.connect(self.path, isolation_level=None)
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN IMMEDIATE")
        for statement in statements:
            db.execute(statement)
        db.execute("COMMIT")
        db.execute("ANALYZE")
        db.close()

    def one(self, query):
        db = sqlite3.connect(self.path)
        row = db.execute(query).fetchone()
        db.close()
        return row[0]

    no = "0"


class Postgres:
    """A database of its own on a cluster."""

    name = "PostgreSQL"
    no = "false"

    def __init__(self, cluster):
        parts = urlsplit(cluster)
        name = f"bench_{os.getpid()}"
        self.url = cluster
        self.psql(f"CREATE DATABASE {name}")
        self.url = urlunsplit(parts._replace(path=f"/{name}"))

    def psql(self, text):
        command = ["psql", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", self.url]
        done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return done.stdout.strip()

    def run(self, statements):
        self.psql(";\n".join(["BEGIN", *statements, "COMMIT", ""]))
        # What has been there for a while has been vacuumed: an index answers without its table. The
        # first time takes away what was updated, the second sees that all the rest is visible; in one
        # session it does not.
        for vacuum in ("VACUUM;\n", "VACUUM ANALYZE;\n"):
            time.sleep(1)
            self.psql(vacuum)

    def one(self, query):
        return int(self.psql(query))


def seed(database):
    now = time.time_ns() // 1000
    owner = database.one("SELECT id FROM users WHERE email = 'owner@example.com'")
    root = database.one(f"SELECT root_id FROM users WHERE id = {owner}")
    values = {"now": now, "owner": owner, "root": root, "no": database.no, "rows": ROWS}
    texts = (
        text.replace("NUMBERS", NUMBERS).replace("NAME", NAME).replace("TIMES", TIMES)
        for text in STATEMENTS
    )
    database.run([text.format(**values) for text in texts])
    return owner


def page(client, route, order_by, number, descending):
    body = {
        "page": number,
        "page_size": PAGE,
        "order_by": order_by,
        "order_direction": "desc" if descending else "asc",
        "conditions": {},
    }
    return client.send("POST", f"/admin/{route}", body)


def p95(times):
    return statistics.quantiles(times, n=20)[-1]


def lists(client, name, add):
    chance = random.Random(1)
    for route, key, orders in LISTS:
        worst = (0, "")
        for order_by in orders:
            times = []
            for _ in range(ROUNDS):
                number = chance.randrange(1, ROWS // PAGE)
                began = time.perf_counter()
                answer = page(client, route, order_by, number, chance.random() < 0.5)
                times.append((time.perf_counter() - began) * 1000)
                assert len(answer[key]) == PAGE, (route, order_by, number)
            worst = max(worst, (p95(times), order_by or "id"))
        add(f"{name}: list {route}, slowest order ({worst[1]}), p95, ms", "≤ 20", "", f"{worst[0]:.1f}")


def overview(client, name, add):
    began = time.perf_counter()
    client.get("/admin/summary?generate=true")
    elapsed = (time.perf_counter() - began) * 1000
    add(f"{name}: first page, nothing remembered, ms", "≤ 300", "", f"{elapsed:.0f}")


class Listing(threading.Thread):
    """Somebody who lists files again and again; how long each took."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client, self.ends, self.times = client, threading.Event(), []

    def run(self):
        while not self.ends.is_set():
            began = time.perf_counter()
            page(self.client, "file", "name", 1 + len(self.times), False)
            self.times.append((time.perf_counter() - began) * 1000)


def files(server, client, name, add):
    found = page(client, "file", "", 1, True)["files"]
    newest = found[0]["id"]
    alone = []
    for number in range(20):
        began = time.perf_counter()
        page(client, "file", "name", 1 + number, False)
        alone.append((time.perf_counter() - began) * 1000)
    meanwhile = Listing(Client(server.port, client.token))
    meanwhile.start()
    began = time.perf_counter()
    ids = list(range(newest - DELETED + 1, newest + 1))
    client.send("POST", "/admin/file/batch/delete", {"ids": ids})
    elapsed = time.perf_counter() - began
    meanwhile.ends.set()
    meanwhile.join()
    add(f"{name}: delete 10,000 files, s", "≤ 5", "", f"{elapsed:.1f}")
    ratio = statistics.median(meanwhile.times) / statistics.median(alone)
    add(f"{name}: a listing meanwhile, × alone", "≤ 3", "", f"{ratio:.1f}")


def account(server, client, owner, database, name, add):
    """Deletes it, kills the server in the middle, and starts it again."""
    began = time.perf_counter()
    client.send("POST", "/admin/user/batch/delete", {"ids": [owner]})
    elapsed = time.perf_counter() - began
    add(f"{name}: delete an account with {ROWS - DELETED:,} files, answer, s", "≤ 1", "", f"{elapsed:.2f}")
    time.sleep(1)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(30)
    server.start()
    client = Client.signed_in(server.port, "admin")
    left = f"SELECT COUNT(*) FROM files WHERE owner_id = {owner}"
    before = database.one(left)
    while database.one(left) or database.one(f"SELECT COUNT(*) FROM users WHERE id = {owner}"):
        time.sleep(0.2)
        if time.perf_counter() - began > 600:
            raise SystemExit("the account is still there after ten minutes")
    elapsed = time.perf_counter() - began
    add(f"{name}: all of it gone, killed with {before:,} files left, s", "", "", f"{elapsed:.0f}")


def measure_on(program, data, database_of, add):
    server = Server(program, data)
    server.start()
    Client.registered(server.port, "admin")
    Client.registered(server.port, "owner")
    server.stop()
    database = database_of(data)
    owner = seed(database)
    server.start()
    client = Client.signed_in(server.port, "admin")
    overview(client, database.name, add)
    lists(client, database.name, add)
    files(server, client, database.name, add)
    account(server, client, owner, database, database.name, add)
    server.stop()


def measure(program, data, add):
    if os.environ.get("ALCOVE_BENCH_DATABASE", "sqlite") == "sqlite":
        measure_on(program, data, Sqlite, add)
    cluster = os.environ.get("ALCOVE_TEST_POSTGRES")
    if not cluster:
        return
    database = Postgres(cluster)
    os.environ["ALCOVE_DATABASE_URL"] = database.url
    with tempfile.TemporaryDirectory(prefix="alcove-bench-") as other:
        measure_on(program, other, lambda _: database, add)
    del os.environ["ALCOVE_DATABASE_URL"]
