"""Twenty apps at once trade codes for tokens, identity tokens included."""

import json
import os
import re
import subprocess
import tempfile
from urllib.parse import urlencode

from alcove import API

HERE = os.path.dirname(os.path.abspath(__file__))
CONNECTIONS = 20
SECONDS = 3
# More than are traded in that time.
CODES = 9000
# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
DESKTOP = "393a1839-f52e-498e-9972-e77cc2241eee"
SECRET = "8GaQIu3lOSdqYoDHi9cR8IZ4pvuMH8ya"


def consent(client):
    return client.send("POST", "/session/oauth/consent", {
        "client_id": DESKTOP,
        "response_type": "code",
        "redirect_uri": "/callback/desktop",
        "scope": "openid profile email offline_access Files.Write",
        "code_challenge": CHALLENGE,
    })["code"]


FORM = urlencode({
    "client_id": DESKTOP,
    "client_secret": SECRET,
    "grant_type": "authorization_code",
    "code_verifier": VERIFIER,
})


def exchange(client, code):
    kind = "application/x-www-form-urlencoded"
    answer = client.bytes("POST", "/session/oauth/token", f"{FORM}&code={code}", kind)
    assert "id_token" in json.loads(answer), answer


def measure(server, client, add):
    # The first one of a site makes the signing key.
    exchange(client, consent(client))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as codes:
        for _ in range(CODES):
            codes.write(consent(client) + "\n")
        codes.flush()
        environment = dict(os.environ, BENCH_CODES=codes.name, BENCH_FORM=FORM + "&code=")
        url = f"http://127.0.0.1:{server.port}{API}/session/oauth/token"
        command = ["wrk", f"-d{SECONDS}s", f"-c{CONNECTIONS}", "-t1"]
        command += ["-s", os.path.join(HERE, "tokens.lua"), url]
        output = subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        ).stdout
    found = re.search(r"p95 ([\d.]+) refused (\d+)", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if "Socket errors" in output or not found or int(found.group(2)):
        raise SystemExit(output)
    add(f"trade a code for tokens, {CONNECTIONS} connections, p95 ms", "≤ 20", "",
        f"{float(found.group(1)):.1f}")
    add("the same, /s", "", "", f"{float(rate.group(1)):,.0f}")
