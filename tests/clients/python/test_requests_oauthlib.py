"""requests-oauthlib: the backend application flow."""

import os
import unittest

from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidScopeError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from support import API_URL, CLIENT_ID, CLIENT_SECRET, SCOPE, TEST_ID, TOKEN_URL, WRONG_SECRET, calls_the_api

# The library's own switch for plain http; the server is on a loopback address.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"


def session(scope=SCOPE):
    return OAuth2Session(client=BackendApplicationClient(client_id=CLIENT_ID, scope=scope))


class RequestsOauthlib(unittest.TestCase):
    def test_secret_in_the_header(self):
        token = session().fetch_token(TOKEN_URL, auth=HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET))
        calls_the_api(self, token["access_token"])

    def test_secret_in_the_body(self):
        token = session().fetch_token(TOKEN_URL, client_secret=CLIENT_SECRET, include_client_id=True)
        calls_the_api(self, token["access_token"])

    def test_the_session_calls_the_api(self):
        signed_in = session()
        signed_in.fetch_token(TOKEN_URL, auth=HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET))
        answer = signed_in.get(f"{API_URL}/v2/sessionResults", params={"testId": TEST_ID})
        self.assertEqual(answer.status_code, 200, answer.text)

    def test_wrong_secret(self):
        with self.assertRaises(InvalidClientError):
            session().fetch_token(TOKEN_URL, auth=HTTPBasicAuth(CLIENT_ID, WRONG_SECRET))
        with self.assertRaises(InvalidClientError):
            session().fetch_token(TOKEN_URL, client_secret=WRONG_SECRET, include_client_id=True)

    def test_scope_that_is_not_entitled(self):
        with self.assertRaises(InvalidScopeError):
            session("no.such.scope").fetch_token(TOKEN_URL, auth=HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET))
