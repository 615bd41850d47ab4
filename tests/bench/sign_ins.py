"""How much a storm of sign-ins slows everybody else down."""

import os
import re
import subprocess

from alcove import Client, listing

HERE = os.path.dirname(os.path.abspath(__file__))
PEOPLE = 50


def wrk(url, connections, seconds, script, token=None):
    command = ["wrk", f"-d{seconds}s", f"-c{connections}", "-t1", "-s", os.path.join(HERE, script)]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    return subprocess.Popen([*command, url], stdout=subprocess.PIPE, text=True)


def p95(running):
    return float(re.search(r"p95 ([\d.]+) ms", running.communicate()[0]).group(1))


def measure(bench, server, client):
    for number in range(PEOPLE):
        Client.registered(server.port, f"person{number}")
    api = f"http://127.0.0.1:{server.port}/api/v4"
    page = api + listing("/two thousand", 100)
    seconds = bench.seconds

    alone = p95(wrk(page, 4, seconds, "p95.lua", client.token))
    storm = wrk(f"{api}/session/token", PEOPLE, seconds + 2, "sign_in.lua")
    meanwhile = p95(wrk(page, 4, seconds, "p95.lua", client.token))
    inside, tried = re.search(r"inside (\d+) of (\d+)", storm.communicate()[0]).groups()
    # The storm was one of sign-ins, not of refusals.
    assert int(inside) == int(tried) > PEOPLE, f"{inside} of {tried} signed in"
    bench.add(
        "list 100 while 50 clients sign in, p95 against alone",
        "≤ 3 ×",
        f"{alone:.1f} ms alone",
        f"{meanwhile / alone:.1f} × ({meanwhile:.1f} ms)",
    )
    bench.add("sign-ins at 50 clients, /s", "", "", f"{int(tried) / (seconds + 2):,.0f}")
