"""A customer with a browser that has no script: keeps cookies, sends the forms of Gatehouse's pages, and stops where the
application would take over."""

import os
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

from support import ISSUER

WEB_CLIENT_ID = os.environ["WEB_CLIENT_ID"]
WEB_CLIENT_SECRET = os.environ["WEB_CLIENT_SECRET"]
REDIRECT_URI = os.environ["WEB_REDIRECT_URI"]
EMAIL = os.environ["CUSTOMER_EMAIL"]
PASSWORD = os.environ["CUSTOMER_PASSWORD"]
MOST_HOPS = 10


class Forms(HTMLParser):
    """The forms of a page: where each goes, its hidden fields, and the names of what a person fills in or presses."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.found.append({"action": given.get("action"), "hidden": {}, "names": set()})
        elif tag in ("input", "button") and self.found and given.get("name"):
            if given.get("type") == "hidden":
                self.found[-1]["hidden"][given["name"]] = given.get("value", "")
            self.found[-1]["names"].add(given["name"])


class Customer:
    def __init__(self):
        self.http = requests.Session()

    def opens(self, link):
        """Follows a link of the application; gives the address at which the browser leaves Gatehouse again."""
        answer = self.http.get(link, allow_redirects=False, timeout=30)
        for _ in range(MOST_HOPS):
            if "location" in answer.headers:
                to = urljoin(answer.url, answer.headers["location"])
                if urlsplit(to).netloc != urlsplit(ISSUER).netloc:
                    return to
                answer = self.http.get(to, allow_redirects=False, timeout=30)
            else:
                answer = self.sends_form(answer)
        raise AssertionError(f"still at {answer.url}")

    def sends_form(self, page):
        forms = [form for form in Forms(page.text).found if form["names"] & {"password", "decision"}]
        if not forms:
            raise AssertionError(f"{page.status_code} {page.url} has no form for a customer:\n{page.text}")
        [form] = forms
        typed = {"email": EMAIL, "password": PASSWORD} if "password" in form["names"] else {"decision": "allow"}
        return self.http.post(
            urljoin(page.url, form["action"]),
            data=form["hidden"] | typed,
            headers={"sec-fetch-site": "same-origin"},
            allow_redirects=False,
            timeout=30,
        )
