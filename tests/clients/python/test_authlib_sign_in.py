"""Authlib signs a customer in: the code flow with PKCE, the ID token against the published keys, refresh, sign-out."""

import time
import unittest
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from customer import EMAIL, REDIRECT_URI, WEB_CLIENT_ID, WEB_CLIENT_SECRET, Customer
from support import ISSUER, SCOPE, calls_the_api

ASKED = f"openid profile email offline_access {SCOPE}"


class SignIn(unittest.TestCase):
    def setUp(self):
        self.server = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()
        self.client = OAuth2Session(
            WEB_CLIENT_ID,
            WEB_CLIENT_SECRET,
            scope=ASKED,
            redirect_uri=REDIRECT_URI,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic",
        )
        self.customer = Customer()

    def signs_in(self, **parameters):
        """The customer's way there and back; gives the tokens and the claims of the ID token."""
        verifier, nonce = generate_token(48), generate_token(20)
        link, state = self.client.create_authorization_url(
            self.server["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **parameters
        )
        back = self.customer.opens(link)
        answer = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        self.assertEqual((answer["iss"], answer["state"]), (ISSUER, state))
        if "error" in answer:
            # As Authlib's own integrations do: its session would ask for a token of another kind.
            raise OAuthError(answer["error"], answer["error_description"])
        tokens = self.client.fetch_token(
            self.server["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
        )
        return tokens, self.claims(tokens, nonce)

    def claims(self, tokens, nonce):
        """By the rules of OpenID Connect Core, as Authlib has them."""
        keys = KeySet.import_key_set(requests.get(self.server["jwks_uri"], timeout=10).json())
        token = jwt.decode(tokens["id_token"], keys, algorithms=self.server["id_token_signing_alg_values_supported"])
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={"iss": {"values": [ISSUER]}, "aud": {"value": WEB_CLIENT_ID}},
            params={"nonce": nonce, "client_id": WEB_CLIENT_ID, "access_token": tokens["access_token"]},
        )
        claims.validate(now=int(time.time()), leeway=5)
        self.assertIn("at_hash", claims)
        return claims

    def userinfo(self):
        return self.client.get(self.server["userinfo_endpoint"], timeout=10)

    def test_tokens_open_the_api_and_are_refreshed(self):
        tokens, claims = self.signs_in()
        self.assertEqual(tokens["scope"], ASKED)
        calls_the_api(self, tokens["access_token"])
        person = self.userinfo().json()
        self.assertEqual((person["sub"], person["email"]), (claims["sub"], EMAIL))

        again = self.client.refresh_token(self.server["token_endpoint"])
        self.assertNotEqual(again["refresh_token"], tokens["refresh_token"])
        self.assertNotEqual(again["access_token"], tokens["access_token"])
        calls_the_api(self, again["access_token"])
        self.assertEqual(self.userinfo().json()["sub"], claims["sub"])

    def test_another_nonce_is_noticed(self):
        tokens, _ = self.signs_in()
        with self.assertRaises(Exception) as refused:
            self.claims(tokens, "another")
        self.assertIn("nonce", str(refused.exception))

    def test_what_is_revoked_opens_nothing(self):
        tokens, claims = self.signs_in()
        endpoint = self.server["introspection_endpoint"]
        told = self.client.introspect_token(endpoint, token=tokens["access_token"]).json()
        self.assertEqual((told["active"], told["sub"]), (True, claims["sub"]))

        revoked = self.client.revoke_token(
            self.server["revocation_endpoint"], token=tokens["refresh_token"], token_type_hint="refresh_token"
        )
        self.assertEqual(revoked.status_code, 200)
        told = self.client.introspect_token(endpoint, token=tokens["access_token"]).json()
        self.assertEqual(told, {"active": False})
        self.assertEqual(self.userinfo().status_code, 401)
        with self.assertRaises(OAuthError) as refused:
            self.client.refresh_token(self.server["token_endpoint"], refresh_token=tokens["refresh_token"])
        self.assertEqual(refused.exception.error, "invalid_grant")

    def test_signed_out_nobody_comes_back_without_a_page(self):
        self.signs_in()
        tokens, _ = self.signs_in(prompt="none")
        ask = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": REDIRECT_URI, "state": "out"}
        back = self.customer.opens(f"{self.server['end_session_endpoint']}?{urlencode(ask)}")
        self.assertEqual(back, f"{REDIRECT_URI}?state=out")
        with self.assertRaises(OAuthError) as refused:
            self.signs_in(prompt="none")
        self.assertEqual(refused.exception.error, "login_required")
