"""Says whether requests are signed as vendors of object storage want them, by their own libraries.

Each line of the input is a question in JSON, each line of the output its answer.
"""

import base64
import datetime
import json
import sys
import types
from urllib.parse import parse_qsl, unquote

from alibabacloud_oss_v2.credentials import Credentials
from alibabacloud_oss_v2.signer.v4 import SignerV4
from alibabacloud_oss_v2.types import HttpRequest, SigningContext
from Crypto.Hash import MD5
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15
from ks3 import auth as ks3_auth
from obs.auth import Authentication
from obs.convertor import Adapter
from qcloud_cos import cos_auth
from qiniu import Auth, QiniuMacAuth
from qiniu.auth import _policy_fields


def pairs(query):
    return [(name, value) for name, value in parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)]


def key_of(asked, in_path):
    path = unquote(asked["path"])
    if in_path:
        path = path[len(asked["bucket"]) + 1 :]
    return path[1:] if path.startswith("/") else path


def oss(asked):
    """Whether OSS would take it (signature version 4)."""
    time = lambda text: datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    said, query = dict(pairs(asked["query"])), asked["query"]
    headers = {name: value for name, value in asked["headers"].items() if name in ("content-type", "content-md5") or name.startswith("x-oss-")}
    by_query = "x-oss-signature" in said
    if by_query:
        query = "&".join(pair for pair in query.split("&") if not pair.startswith("x-oss-signature="))
    request = HttpRequest(asked["method"], f"http://host{asked['path']}?{query}", headers=headers)
    context = SigningContext("oss", asked["region"], asked["bucket"], key_of(asked, True) or None, request)
    context.credentials = Credentials(asked["access"], asked["secret"])
    context.auth_method_query = by_query
    if by_query:
        context.signing_time = time(said["x-oss-date"])
        context.expiration_time = context.signing_time + datetime.timedelta(seconds=int(said["x-oss-expires"]))
        SignerV4().sign(context)
        return dict(pairs(request.url.split("?", 1)[1]))["x-oss-signature"], said["x-oss-signature"]
    context.signing_time = time(headers["x-oss-date"])
    SignerV4().sign(context)
    return request.headers["Authorization"], asked["headers"].get("authorization")


def cos(asked):
    """The same for COS."""
    authorization = asked["headers"].get("authorization") or asked["query"]
    said = dict(pairs(authorization))
    names = lambda field: [name for name in said[field].split(";") if name]
    query = {name.lower(): (name, value) for name, value in pairs(asked["query"])}
    start, end = map(int, said["q-sign-time"].split(";"))
    # It signs from a minute ago.
    cos_auth.time = types.SimpleNamespace(time=lambda: start + 60)
    settings = types.SimpleNamespace(_secret_id=asked["access"], _secret_key=asked["secret"], _credential_inst=None, _anonymous=False, _sign_params=True, _sign_host=False)
    params = dict(query[unquote(name)] for name in names("q-url-param-list"))
    headers = {name: asked["headers"][name] for name in names("q-header-list")}
    request = types.SimpleNamespace(method=asked["method"], headers=headers, url="http://host/")
    signer = cos_auth.CosS3Auth(settings, key_of(asked, False), params, end - start - 60)
    signed = dict(pairs(signer(request).headers["Authorization"]))
    fields = ("q-sign-algorithm", "q-ak", "q-sign-time", "q-key-time", "q-header-list", "q-url-param-list", "q-signature")
    return [signed[field] for field in fields], [said[field] for field in fields]


def obs(asked):
    """The same for OBS."""
    said = dict(pairs(asked["query"]))
    query = {name: value or None for name, value in said.items() if name not in ("AccessKeyId", "Expires", "Signature")}
    signer = Authentication(asked["access"], asked["secret"], True, Adapter("obs"), "host", False)
    signed = lambda expires=None: signer.getSignature(asked["method"], asked["bucket"], key_of(asked, True), query, dict(asked["headers"]), expires)["Signature"]
    if "Signature" in said:
        return [asked["access"], signed(said["Expires"])], [said["AccessKeyId"], said["Signature"]]
    return f"OBS {asked['access']}:{signed()}", asked["headers"].get("authorization")


def ks3(asked):
    """The same for KS3."""
    said = dict(pairs(asked["query"]))
    query = {name: value for name, value in said.items() if name not in ("KSSAccessKeyId", "Expires", "Signature")}
    signed = lambda expires=None: ks3_auth.encode(asked["secret"], ks3_auth.canonical_string(asked["method"], asked["bucket"], key_of(asked, True), query, asked["headers"], expires))
    if "Signature" in said:
        return [asked["access"], signed(said["Expires"])], [said["KSSAccessKeyId"], said["Signature"]]
    return f"KSS {asked['access']}:{signed()}", asked["headers"].get("authorization")


def kodo_upload(asked):
    """Whether Kodo would take a token for uploads, and what that lets in."""
    auth, token = Auth(asked["access"], asked["secret"]), asked["token"]
    text = base64.urlsafe_b64decode(token.split(":")[2]).decode()
    unknown = set(json.loads(text)) - _policy_fields - {"scope", "deadline"}
    is_right = auth.token_with_data(text) == token and not unknown
    return {"is_right": is_right, "why": f"bad token, or unknown {unknown}", "policy": Auth.up_token_decode(token)[2]}


def kodo_headers(asked):
    return {"-".join(word.capitalize() for word in name.split("-")): value for name, value in asked["headers"].items()}


def kodo_manage(asked):
    """The same of a request about objects."""
    auth, headers = QiniuMacAuth(asked["access"], asked["secret"]), kodo_headers(asked)
    url = f"http://{headers['Host']}{asked['path']}"
    token = auth.token_of_request(asked["method"], headers["Host"], url, auth.qiniu_headers(headers), headers.get("Content-Type"), asked["body"])
    return {"is_right": headers.get("Authorization") == f"Qiniu {token}", "why": f"bad token, not {token}"}


def kodo_download(asked):
    """The same of an address."""
    url, _, token = asked["url"].rpartition("&token=")
    expected = Auth(asked["access"], asked["secret"]).token(url)
    return {"is_right": expected == token, "why": f"bad token, not {expected}"}


def kodo_callback(asked):
    """How Kodo signs what it says."""
    url = f"http://{asked['host']}{asked['path']}"
    if asked["scheme"] == "QBox":
        token = Auth(asked["access"], asked["secret"]).token_of_request(url, asked["body"], asked["content_type"])
    else:
        auth, headers = QiniuMacAuth(asked["access"], asked["secret"]), kodo_headers(asked)
        token = auth.token_of_request("POST", asked["host"], url, auth.qiniu_headers(headers), asked["content_type"], asked["body"])
    return {"authorization": f"{asked['scheme']} {token}"}


KODO = {"kodo upload": kodo_upload, "kodo manage": kodo_manage, "kodo download": kodo_download, "kodo callback": kodo_callback}
KEY = RSA.generate(2048)


def answer(asked):
    match asked["question"]:
        case "public key":
            return {"pem": KEY.public_key().export_key().decode()}
        case "callback":
            digest = MD5.new(base64.b64decode(asked["text"]))
            return {"signature": base64.b64encode(pkcs1_15.new(KEY).sign(digest)).decode()}
        case "signature":
            try:
                expected, got = {"oss": oss, "cos": cos, "obs": obs, "ks3": ks3}[asked["vendor"]](asked)
            except (KeyError, ValueError) as error:
                return {"is_right": False, "why": f"not signed: {error!r}"}
            return {"is_right": expected == got, "why": f"{got} is not {expected}"}
        case question:
            try:
                return KODO[question](asked)
            except (KeyError, ValueError, IndexError) as error:
                return {"is_right": False, "why": f"not signed: {error!r}"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
