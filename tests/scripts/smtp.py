"""A mail server for tests: takes every mail and tells of it, a line of JSON each.

Listens on loopback until its standard input ends. An address whose local part is `refused` is
refused for good, one with `later` for now.
"""

import argparse
import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def tell(**what):
    print(json.dumps(what), flush=True)


class Handler:
    def __init__(self):
        self.connections = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0]
        if local == "refused":
            return "550 no such mailbox"
        if local == "later":
            tell(event="later")
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        raw = envelope.original_content or envelope.content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body = {part.get_content_type(): part.get_content() for part in message.walk()
                if not part.is_multipart()}
        connection = self.connections.setdefault(session.peer, len(self.connections) + 1)
        tell(
            event="mail",
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            headers=[[name, str(value)] for name, value in message.items()],
            text=body.get("text/plain", ""),
            html=body.get("text/html", ""),
            connection=connection,
            login=(session.auth_data.login.decode() if session.auth_data else ""),
        )
        return "250 taken"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    options = parser.parse_args()
    handler = Handler()

    def check(server, session, envelope, mechanism, data):
        right = (options.user.encode(), options.password.encode())
        success = (data.login, data.password) == right
        # "Not handled" makes the library tell the client.
        return AuthResult(success=success, handled=success, auth_data=data)

    def session():
        return SMTP(
            handler,
            enable_SMTPUTF8=True,
            authenticator=check if options.user else None,
            auth_required=bool(options.user),
            auth_require_tls=False,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", options.port)
    tell(event="listening", port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
