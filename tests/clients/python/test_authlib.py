"""Authlib: the client, and the metadata rules of RFC 8414."""

import unittest

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

from support import CLIENT_ID, CLIENT_SECRET, ISSUER, SCOPE, TOKEN_URL, WRONG_SECRET, calls_the_api


def session(secret, method):
    return OAuth2Session(CLIENT_ID, secret, scope=SCOPE, token_endpoint_auth_method=method)


class Authlib(unittest.TestCase):
    def test_discovery_in_both_forms(self):
        inserted = requests.get(get_well_known_url(ISSUER, external=True), timeout=10)
        suffix = requests.get(f"{ISSUER}/.well-known/oauth-authorization-server", timeout=10)
        self.assertEqual(inserted.status_code, 200)
        self.assertEqual(inserted.json(), suffix.json())
        self.assertEqual(inserted.json()["issuer"], ISSUER)
        self.assertEqual(inserted.json()["token_endpoint"], TOKEN_URL)

    def test_metadata_keeps_the_rules(self):
        metadata = AuthorizationServerMetadata(requests.get(get_well_known_url(ISSUER, external=True), timeout=10).json())
        # Those about https do not apply to a loopback address.
        metadata.validate_grant_types_supported()
        metadata.validate_token_endpoint_auth_methods_supported()
        metadata.validate_token_endpoint_auth_signing_alg_values_supported()
        metadata.validate_response_modes_supported()
        metadata.validate_scopes_supported()

    def test_token_by_each_method(self):
        for method in ("client_secret_post", "client_secret_basic"):
            with self.subTest(method):
                token = session(CLIENT_SECRET, method).fetch_token(TOKEN_URL, grant_type="client_credentials")
                self.assertEqual(token["scope"], SCOPE)
                self.assertEqual(token["expires_in"], 3600)
                calls_the_api(self, token["access_token"])

    def test_wrong_secret(self):
        for method in ("client_secret_post", "client_secret_basic"):
            with self.subTest(method), self.assertRaises(OAuthError) as refused:
                session(WRONG_SECRET, method).fetch_token(TOKEN_URL, grant_type="client_credentials")
            self.assertEqual(refused.exception.error, "invalid_client")
            self.assertTrue(refused.exception.description)
