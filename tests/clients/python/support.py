"""What `gatehouse dev` wrote to dev.env, as the judges use it."""

import os

import requests

CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET = os.environ["CLIENT_SECRET"]
SCOPE = os.environ["SCOPE"]
TEST_ID = os.environ["TEST_ID"]
TOKEN_URL = os.environ["TOKEN_URL"]
API_URL = os.environ["API_URL"].rstrip("/")
ISSUER = TOKEN_URL.removesuffix("/v1/token")
# The same length and form, another last character: right in nothing but its looks.
WRONG_SECRET = CLIENT_SECRET[:-1] + ("b" if CLIENT_SECRET.endswith("a") else "a")


def calls_the_api(test, access_token):
    """Both header styles answer the same page of sessions."""
    pages = []
    for headers in ({"token": access_token}, {"Authorization": f"Bearer {access_token}"}):
        answer = requests.get(
            f"{API_URL}/v2/sessionResults",
            params={"testId": TEST_ID, "limit": 3, "offset": 0},
            headers=headers,
            timeout=10,
        )
        test.assertEqual(answer.status_code, 200, answer.text)
        pages.append(answer.json())
    test.assertEqual(pages[0]["testId"], TEST_ID)
    test.assertEqual(len(pages[0]["sessions"]), 3)
    test.assertEqual(pages[0], pages[1])
