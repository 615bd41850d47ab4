"""What sharing costs beside the owner's own access."""

from urllib.parse import quote, urlencode

from alcove import Client, uri

SHARES = 2_000


def share(client, path, **more):
    """The id of a new share."""
    link = client.send("PUT", "/share", {"uri": uri(path), **more})
    return link.split("/s/")[1].split("/")[0]


def listing_in(share_id, page_size, password=""):
    place = f"cloudreve://{share_id}{':' if password else ''}{password}@share"
    query = {"uri": place, "page_size": page_size, "order_by": "name"}
    return f"/file?{urlencode(query)}"


def measure(bench, server, owner):
    """Pages of a share against the owner's of the same folder, and what a password costs."""

    def api(route):
        return f"http://127.0.0.1:{server.port}/api/v4{route}"

    def against(what, limit, base, value):
        measured = f"{base / value:.2f} × ({value:,.0f}/s against {base:,.0f}/s)"
        bench.add(what, f"≤ {limit} ×", "", measured)

    visitor = Client(server.port)
    open_id = share(owner, "/two thousand")
    private_id = share(owner, "/two thousand", is_private=True, password="Secret1")
    own = f"/file?{urlencode({'uri': uri('/two thousand'), 'page_size': 100, 'order_by': 'name'})}"
    opened, locked = listing_in(open_id, 100), listing_in(private_id, 100, "Secret1")
    for route, who in ((own, owner), (opened, visitor), (locked, visitor)):
        assert len(who.get(route)["files"]) == 100
    for script, what in ((None, ""), ("fresh.lua", ", never asked before")):
        base = bench.wrk(api(own), owner, script=script)
        value = bench.wrk(api(opened), script=script)
        against(f"list 100 of a share, time against the owner's{what}", 1.5, base, value)
        value = bench.wrk(api(locked), script=script)
        against(f"the same with a password{what}", 1.5, base, value)

    base = bench.wrk(api(f"/share/info/{open_id}"))
    for _ in range(SHARES):
        share(owner, "/created", is_private=True)
    route = f"/share/info/{private_id}?password={quote('Secret1')}"
    assert visitor.get(route)["unlocked"]
    value = bench.wrk(api(route))
    what = f"password of one of {SHARES:,} shares, time against a share without"
    against(what, 1.5, base, value)
