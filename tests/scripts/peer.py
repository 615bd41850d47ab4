"""A peer that seeds some torrents, and their tracker, on loopback: `peer.py FOLDER`.

Makes what is seeded, deterministic, below `content`; `NAME.torrent` and `NAME.magnet` for each; and
`ready` when they can be had.
"""

import hashlib
import http.server
import os
import pathlib
import sys
import threading
import time
import urllib.parse

import libtorrent

FOLDER = pathlib.Path(sys.argv[1])
CONTENT = FOLDER / "content"
KIB = 1024
# A flag that the bindings do not name: aria2 knows the first version alone.
V1_ONLY = 1 << 6


def some_bytes(name, length):
    return hashlib.shake_256(name.encode()).digest(length)


class Tracker(http.server.BaseHTTPRequestHandler):
    """Tells everybody of the one peer there is."""

    peer_port = 0

    def do_GET(self):
        if not urllib.parse.urlparse(self.path).path.endswith("/announce"):
            self.send_error(404)
            return
        peer = bytes([127, 0, 0, 1]) + self.peer_port.to_bytes(2, "big")
        body = libtorrent.bencode({b"interval": 5, b"complete": 1, b"incomplete": 0, b"peers": peer})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def lay(name, length):
    path = CONTENT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(some_bytes(name, length))


def torrent(name, announce):
    files = libtorrent.file_storage()
    libtorrent.add_files(files, str(CONTENT / name))
    made = libtorrent.create_torrent(files, flags=V1_ONLY)
    made.add_tracker(announce)
    libtorrent.set_piece_hashes(made, str(CONTENT))
    written = libtorrent.bencode(made.generate())
    (FOLDER / f"{name}.torrent").write_bytes(written)
    info = libtorrent.torrent_info(libtorrent.bdecode(written))
    (FOLDER / f"{name}.magnet").write_text(libtorrent.make_magnet_uri(info))
    return info


def main():
    # Two of each, so that tests at the same time do not meet.
    for torrent_of in ("Three", "Four", "Five", "Six"):
        lay(f"{torrent_of}/first.bin", 700 * KIB)
        lay(f"{torrent_of}/below/second.txt", 40 * KIB)
        lay(f"{torrent_of}/third.bin", 300 * KIB)
    settings = {
        "listen_interfaces": "127.0.0.1:0",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        # Whoever comes is at one address.
        "allow_multiple_connections_per_ip": True,
    }
    session = libtorrent.session(settings)
    while not session.is_listening() or not session.listen_port():
        time.sleep(0.05)
    Tracker.peer_port = session.listen_port()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tracker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    announce = f"http://127.0.0.1:{server.server_port}/announce"
    handles = []
    for name in sorted(os.listdir(CONTENT)):
        info = torrent(name, announce)
        handles.append(session.add_torrent({"ti": info, "save_path": str(CONTENT)}))
    while not all(handle.status().is_seeding for handle in handles):
        time.sleep(0.05)
    (FOLDER / "ready").write_text("")
    while True:
        time.sleep(60)


main()
