"""The queue of background tasks: how soon one is done that has next to nothing to do, how fast ten
thousand that wait are taken, and what a list of as many costs."""

import os
import sqlite3
import statistics
import time

from alcove import Client, Server

WAITING = 10_000
ROUNDS = 60
# So far away that nobody works on them.
NEVER = 4_000_000_000_000_000

INSERT = """INSERT INTO tasks (kind, state, owner_id, category, public_state, private_state, summary, retries,
  resume_at, created_at, updated_at)
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :count)
SELECT :kind, 'queued', :owner, :category, '{}', :state, :summary, 0, :due, :now, :now FROM number"""


def queue(data, **columns):
    """Puts tasks into the database of a server that is down."""
    values = {"count": WAITING, "owner": None, "category": None, "summary": None, "now": time.time_ns() // 1000}
    database = sqlite3.connect(os.path.join(data, "alcove.db"))
    with database:
        database.execute(INSERT, values | columns)
    database.close()


def left(data, kind):
    database = sqlite3.connect(os.path.join(data, "alcove.db"), timeout=30)
    query = "SELECT COUNT(*) FROM tasks WHERE kind = ? AND state IN ('queued', 'processing', 'suspending')"
    (count,) = database.execute(query, (kind,)).fetchone()
    database.close()
    return count


def percentile95(times):
    return statistics.quantiles(times, n=20)[-1] * 1000


def errands(client):
    """Seconds from the request until the task is done: nothing has to move."""
    client.upload("/small.txt", b"small")
    policy = client.get("/file?uri=cloudreve%3A%2F%2Fmy%2F&page_size=10")["storage_policy"]["id"]
    body = {"src": ["cloudreve://my/small.txt"], "dst_policy_id": policy}
    for _ in range(ROUNDS):
        began = time.perf_counter()
        task = client.send("POST", "/workflow/relocate", body)["id"]
        while client.get(f"/workflow/task/{task}")["status"] in ("queued", "processing", "suspending"):
            pass
        yield time.perf_counter() - began


def pages(client):
    for _ in range(ROUNDS):
        began = time.perf_counter()
        page = client.get("/workflow?page_size=25&category=general")
        yield time.perf_counter() - began
        assert len(page["tasks"]) == 25


def measure(program, data, add):
    server = Server(program, data)
    server.start()
    client = Client.registered(server.port, "admin")
    taken = list(errands(client))
    add("a task with nothing to do, request to done, p95, ms", "≤ 50", "poll of seconds", f"{percentile95(taken):.1f}")
    server.stop()

    kind = "prune_versions"
    queue(data, kind=kind, state='{"owner":1}', due=0)
    server.start()
    began = time.perf_counter()
    before = left(data, kind)
    while left(data, kind) > 0:
        time.sleep(0.05)
    rate = before / (time.perf_counter() - began)
    add(f"{WAITING:,} waiting tasks: taken and done a second", "≥ 500", "", f"{rate:,.0f}")
    server.stop()

    summary = '{"phase":"compress_files","props":{"dst":"cloudreve://my/a.zip","failed":0,"src_multiple":["cloudreve://my/a"]}}'
    queue(data, kind="create_archive", owner=1, category="general", state="{}", summary=summary, due=NEVER)
    server.start()
    client = Client.signed_in(server.port, "admin")
    add(f"{WAITING:,} waiting tasks: first page of the list, p95, ms", "≤ 10", "", f"{percentile95(list(pages(client))):.1f}")
    server.stop()
