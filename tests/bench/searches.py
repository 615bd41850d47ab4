"""Searches through many folders, alone and beside those who list."""

import itertools
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import seed_folders
from alcove import Client, Server, listing, uri

# Account: folders, files in each.
DRIVES = {"wide": (5_000, 40), "many": (1_500, 10)}
ROUNDS = 20
AT_ONCE = 8

# No kept answer fits a question that was never asked.
FRESH = itertools.count(1)


def search_route():
    """Finds one file of each drive, whatever its number."""
    query = f"?name=file&name=00000001&case_folding&unread={next(FRESH)}"
    return f"/file?uri={quote(uri('/') + query, safe='')}&page_size=50"


def search_seconds(client):
    began = time.perf_counter()
    found = client.get(search_route())
    assert [file["name"] for file in found["files"]] == ["file 00000001.txt"], found
    return time.perf_counter() - began


def seconds_of_many(server, token, at_once):
    """Seconds for `ROUNDS` searches by so many clients of one account."""
    with ThreadPoolExecutor(at_once) as pool:
        clients = threading.local()

        def one(_):
            if not hasattr(clients, "own"):
                clients.own = Client(server.port, token)
            search_seconds(clients.own)

        began = time.perf_counter()
        list(pool.map(one, range(ROUNDS)))
        return time.perf_counter() - began


def listing_seconds(client):
    times = []
    for page in range(200):
        began = time.perf_counter()
        client.get(listing("/folder 1", 20, page=next(FRESH) + page))
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def beside_searches(server, clients):
    """Listings while every client searches again and again."""
    done = threading.Event()

    def search(token):
        client = Client(server.port, token)
        while not done.is_set():
            search_seconds(client)

    threads = [threading.Thread(target=search, args=(client.token,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.5)
        return listing_seconds(Client(server.port, clients[0].token))
    finally:
        done.set()
        for thread in threads:
            thread.join()


def measure(program, data, add):
    """Adds its rows through `add(what, target, reference, measured)`."""
    server = Server(program, data)
    server.start()
    for name in DRIVES:
        Client.registered(server.port, name)
    server.stop()
    for name, (folders, files) in DRIVES.items():
        seed_folders.seed(data, f"{name}@example.com", folders, files)
    server.start()
    clients = {name: Client.signed_in(server.port, name) for name in DRIVES}
    wide, many = clients["wide"], clients["many"]
    took = statistics.median(search_seconds(wide) for _ in range(5))
    add("search 200,000 files in 5,000 folders, s", "≤ 0.2", "", f"{took:.3f}")
    took = statistics.median(search_seconds(many) for _ in range(ROUNDS))
    add("search 15,000 files in 1,500 folders, s", "≤ 0.02", "0.06", f"{took:.4f}")
    took = seconds_of_many(server, many.token, 4)
    add(f"{ROUNDS} of these, four at once, s", "≤ 0.5", "1.1", f"{took:.2f}")
    alone = listing_seconds(wide)
    both = [client for client in clients.values() for _ in range(AT_ONCE // 2)]
    beside = beside_searches(server, both)
    add(
        f"list a folder while {AT_ONCE} clients of two accounts search, against alone",
        "≤ 2 ×",
        "",
        f"{beside / alone:.1f} × ({beside * 1000:.1f} ms)",
    )
    server.stop()
