"""joserfc verifies the access token with the published keys alone."""

import unittest

import requests
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from support import CLIENT_ID, CLIENT_SECRET, ISSUER, SCOPE, TOKEN_URL


def access_token():
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scope": SCOPE,
    }
    return requests.post(TOKEN_URL, data=form, timeout=10).json()["access_token"]


class Joserfc(unittest.TestCase):
    def setUp(self):
        metadata = requests.get(f"{ISSUER}/.well-known/oauth-authorization-server", timeout=10).json()
        answer = requests.get(metadata["jwks_uri"], timeout=10)
        self.document = answer.json()
        self.headers = answer.headers
        self.keys = KeySet.import_key_set(self.document)

    def test_the_key_set_is_public_and_cacheable(self):
        for key in self.document["keys"]:
            self.assertFalse({"d", "p", "q", "k"} & key.keys())
            self.assertEqual(key["use"], "sig")
        self.assertIn("max-age", self.headers["Cache-Control"])
        self.assertTrue(self.headers["ETag"])

    def test_token_verifies(self):
        token = jwt.decode(access_token(), self.keys, algorithms=["ES256"])
        self.assertEqual(token.header["typ"], "at+jwt")
        self.assertIn(token.header["kid"], [key["kid"] for key in self.document["keys"]])
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            sub={"essential": True, "value": CLIENT_ID},
            aud={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
            client_id={"essential": True, "value": CLIENT_ID},
        )
        rules.validate(token.claims)
        self.assertEqual(token.claims["scope"], SCOPE)
        self.assertEqual(token.claims["scp"], SCOPE.split())
        self.assertEqual(token.claims["cid"], CLIENT_ID)
        self.assertEqual(token.claims["ver"], 1)
        self.assertEqual(token.claims["exp"] - token.claims["iat"], 3600)

    def test_changed_token_does_not(self):
        header, payload, signature = access_token().split(".")
        changed = ("B" if signature[0] == "A" else "A") + signature[1:]
        with self.assertRaises(BadSignatureError):
            jwt.decode(f"{header}.{payload}.{changed}", self.keys, algorithms=["ES256"])
