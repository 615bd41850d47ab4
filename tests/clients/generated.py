"""A program by somebody who has nothing but openapi.json, and a client generated from it."""

import io
import os
import urllib.request

from alcove_client import AuthenticatedClient, Client
from alcove_client.api.file import (
    list_files,
    make_links,
    open_upload,
    put_content,
    upload_chunk,
)
from alcove_client.api.session import sign_in
from alcove_client.api.user import get_own_account, register
from alcove_client.models import (
    DoneReply,
    Failure,
    FileReply,
    LinksReply,
    ListReply,
    MakeLinks,
    OpenUpload,
    SignedInReply,
    UploadReply,
    UserReply,
)
from alcove_client.types import File

API = os.environ["ALCOVE_TEST_ADDRESS"] + "/api/v4"
ACCOUNT = {"email": "generated@example.com", "password": "correct horse"}


def of(kind, answer):
    """An answer that has to be of this kind."""
    assert isinstance(answer, kind), answer
    return answer


def bytes_of(content):
    return File(payload=io.BytesIO(content))


def main():
    stranger = Client(base_url=API)
    of(UserReply, register.sync(client=stranger, body=body_of(register, ACCOUNT)))
    signed_in = of(SignedInReply, sign_in.sync(client=stranger, body=body_of(sign_in, ACCOUNT)))
    client = AuthenticatedClient(base_url=API, token=signed_in.data.token.access_token)

    small = put_content.sync(
        client=client, uri="cloudreve://my/small.txt", body=bytes_of(b"small")
    )
    assert of(FileReply, small).data.size == 5
    session = open_upload.sync(
        client=client, body=OpenUpload(uri="cloudreve://my/large.txt", size=5)
    )
    session = of(UploadReply, session).data
    chunk = upload_chunk.sync(
        client=client, session=session.session_id, index="0", body=bytes_of(b"large")
    )
    of(DoneReply, chunk)

    listed = of(ListReply, list_files.sync(client=client, uri="cloudreve://my/", order_by="name"))
    files = listed.data.files
    assert [file.name for file in files] == ["large.txt", "small.txt"], files
    assert listed.data.parent.metadata is None

    links = make_links.sync(client=client, body=MakeLinks(uris=[file.path for file in files]))
    links = of(LinksReply, links).data.urls
    contents = [urllib.request.urlopen(link.url).read() for link in links]
    assert contents == [b"large", b"small"], contents

    missing = of(Failure, list_files.sync(client=client, uri="cloudreve://my/nowhere"))
    assert missing.code == 40016, missing
    nobody = of(Failure, get_own_account.sync(client=stranger))
    assert nobody.code == 401, nobody
    print("the generated client signs in, uploads, lists, downloads, and is told of failures")


def body_of(operation, fields):
    """The body an operation takes, by the type that the generated function declares."""
    return operation.sync.__annotations__["body"].from_dict(fields)


main()
