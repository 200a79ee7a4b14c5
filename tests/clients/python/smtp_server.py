"""A mail server for the tests of mails: aiosmtpd, told by recipients' names how to behave.

Prints a JSON line per event and ends with its standard input. `bounce-N@…` is refused for good the first N times,
`busy-N@…` for now, `cut-N@…` loses the connection after its text was taken.
"""

import argparse
import asyncio
import collections
import datetime
import ipaddress
import json
import logging
import pathlib
import re
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


def say(**event):
    print(json.dumps(event), flush=True)


class Handler:
    """Takes mails, or does not."""

    def __init__(self):
        self.tries = collections.Counter()

    def misbehaves(self, word, address):
        """Whether this is one of the first N times."""
        found = re.match(rf"{word}-(\d+)@", address)
        self.tries[(word, address)] += 1
        return bool(found) and self.tries[(word, address)] <= int(found[1])

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.misbehaves("bounce", address):
            say(event="bounced", to=address)
            return f"550 5.1.1 <{address}> is nobody here"
        if self.misbehaves("busy", address):
            say(event="busy", to=address)
            return f"451 4.3.0 <{address}> later, please"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        cut = self.misbehaves("cut", to)
        say(
            event="cut" if cut else "accepted",
            sender=envelope.mail_from,
            to=to,
            tls=session.ssl is not None,
            user=getattr(session, "auth_data", None),
            peer=session.peer[1],
            message=envelope.content.decode(),
        )
        if cut:
            server.transport.abort()
        return "250 OK"


def authority(folder):
    """An authority and a certificate of it for this machine."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def name(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def sign(subject, key, issuer_key, extension):
        builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name("Test authority"))
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=1))
        return builder.add_extension(extension, critical=False).sign(issuer_key, hashes.SHA256())

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = sign("Test authority", ca_key, ca_key, x509.BasicConstraints(ca=True, path_length=None))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    leaf = sign("Test mail server", key, ca_key, names)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(leaf.public_bytes(pem) + private)


def context(folder):
    if not (folder / "server.pem").exists():
        authority(folder)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "server.pem")
    return tls


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (b"gatehouse", b"correct horse")
    say(event="login", right=right)
    return AuthResult(success=right, handled=False, auth_data=data.login.decode())


async def main():
    # What it warns of (a login without TLS) is what the tests want.
    logging.disable()
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--encryption", choices=["plain", "starttls", "tls"], required=True)
    arguments = parser.parse_args()
    options = {"hostname": "test.invalid"}
    if arguments.encryption == "starttls":
        options |= {"tls_context": context(arguments.folder), "require_starttls": True}
    if arguments.encryption != "plain":
        options |= {"authenticator": authenticate, "auth_required": True}
        options |= {"auth_require_tls": arguments.encryption == "starttls"}
    handler, loop = Handler(), asyncio.get_running_loop()
    tls = context(arguments.folder) if arguments.encryption == "tls" else None
    server = await loop.create_server(lambda: SMTP(handler, **options), HOST, arguments.port, ssl=tls)
    say(event="listening", port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
