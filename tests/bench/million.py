"""What must stay quick in a drive of a million files, seeded by `seed_million.py`."""

import itertools
import statistics
import threading
import time

import seed_million
from alcove import Client, Server, listing

PAGE = 100
ORDERS = ("name", "size", "updated_at", "created_at")
MILLION, THOUSAND = "/million", "/thousand"
ROUNDS = 40

# A page number beside an order changes nothing but the question: no kept answer fits it.
FRESH = itertools.count(1)


def median_seconds(client, routes):
    """Of answers that the server has to find anew."""
    times = []
    for route in routes:
        began = time.perf_counter()
        answer = client.bytes("GET", route)
        times.append(time.perf_counter() - began)
        assert b'"code":0' in answer, answer
    return statistics.median(times)


def page_seconds(client, path, order_by, token=None):
    routes = (listing(path, PAGE, token, order_by, next(FRESH)) for _ in range(ROUNDS))
    return median_seconds(client, routes)


def tokens_at_depths(client, path, order_by, steps):
    """Page tokens near the start, in the middle and at the end."""
    tokens, token = [], None
    while True:
        token = client.list(path, steps, token, order_by)["pagination"].get("next_token")
        if token is None:
            return [tokens[0], tokens[len(tokens) // 2], tokens[-1]]
        tokens.append(token)


def slowest_page(client, path, order_by, steps):
    tokens = tokens_at_depths(client, path, order_by, steps)
    return max(page_seconds(client, path, order_by, token) for token in tokens)


def cursor_ratio(client):
    """The worst order: its slowest page of the large folder against that of the small one."""
    ratios = {}
    for order_by in ORDERS:
        small = slowest_page(client, THOUSAND, order_by, PAGE)
        ratios[order_by] = slowest_page(client, MILLION, order_by, 2000) / small
    worst = max(ratios, key=ratios.get)
    return f"{ratios[worst]:.1f} × ({worst})"


def numbered(path, pages):
    return [listing(path, PAGE, order_by=None, page=page) for page in pages]


def walk_ratio(client):
    """Numbered pages in a row, from the start and from the middle, as a sync client walks."""
    client.get(numbered(MILLION, [5000])[0])
    in_thousand = median_seconds(client, numbered(THOUSAND, range(1, 10)))
    starts = (range(1, ROUNDS), range(5001, 5001 + ROUNDS))
    return max(median_seconds(client, numbered(MILLION, pages)) for pages in starts) / in_thousand


def jump_seconds(client):
    """The first numbered page that anybody asks for after a change, deep in the folder."""
    times = []
    for number in range(5):
        client.create(f"/change {number}", "folder")
        times.append(median_seconds(client, numbered(MILLION, [9000 + number])))
    return statistics.median(times)


def slowest_answer_while(port, token, work):
    """Runs `work` and answers its seconds and the slowest listing meanwhile."""
    done, slowest = threading.Event(), [0.0]

    def watch():
        client = Client(port, token)
        while not done.is_set():
            slowest[0] = max(slowest[0], median_seconds(client, [listing(THOUSAND, PAGE)]))

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    try:
        work()
        return time.perf_counter() - began, slowest[0]
    finally:
        done.set()
        watcher.join()


def measure(program, data, add):
    """Adds the rows of this page through `add(what, target, reference, measured)`."""
    server = Server(program, data)
    server.start()
    Client.registered(server.port, "admin")
    server.stop()
    seed_million.seed(data, "admin@example.com")
    started = server.start()
    client = Client.signed_in(server.port, "admin")
    add("start to first answer with 1,000,000 files", "≤ 0.3 s", "", f"{started:.2f} s")
    against = "of a folder of 1,000,000 against one of 1,000"
    add(f"page by token {against}, any order and depth", "≤ 2 ×", "", cursor_ratio(client))
    add(f"page by number {against}, walking", "≤ 2 ×", "", f"{walk_ratio(client):.1f} ×")
    jumped = f"{jump_seconds(client) * 1000:.0f} ms"
    add("first page by number after a change, 900,000 deep", "", "", jumped)
    deleted, slowest = slowest_answer_while(
        server.port, client.token, lambda: client.delete("/doomed")
    )
    add("delete 10,000 of 1,000,000 files for good", "≤ 3 s", "", f"{deleted:.2f} s")
    add("slowest listing meanwhile", "≤ 0.5 s", "", f"{slowest:.2f} s")
    server.stop()
