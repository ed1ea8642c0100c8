"""One browser-like client of a target: cookies, and the sign-in that the target file describes."""
import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request

from .facts import Wrong, filled


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class Client:
    def __init__(self, target, words):
        self.target, self.words = target, words
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            NoRedirect, urllib.request.HTTPCookieProcessor(self.jar), urllib.request.ProxyHandler({}))

    def open(self, path, body=None, headers=None):
        return self.opener.open(urllib.request.Request(self.target["base"] + path, body, headers or {}), timeout=300)

    def send(self, path, body=None, headers=None):
        """(status, text), whatever the status."""
        try:
            with self.open(path, body, headers) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def sign_in_request(self, email):
        """(path, headers, body) of a sign-in, cookies of the sign-in page included."""
        how, words = self.target["sign_in"], {**self.words, "email": email}
        if "page" in how:
            _, page = self.send(how["page"])
            words["csrf"] = re.search(how["csrf"], page)[1] if "csrf" in how else ""
        headers, body = encoded(how, words)
        return how["path"], headers, body

    def sign_in(self, email):
        path, headers, body = self.sign_in_request(email)
        before = {(cookie.name, cookie.value) for cookie in self.jar}
        status, _ = self.send(path, body.encode(), headers)
        if status != self.target["sign_in"]["status"] or before == {(c.name, c.value) for c in self.jar}:
            raise Wrong(f"{self.target['name']}: sign-in as {email}: status {status}")
        return self

    def cookies(self):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)


def encoded(how, words):
    """(headers, body) of a form or of JSON, as the target file describes it."""
    fields = {name: filled(value, words) for name, value in how["fields"].items()}
    headers = {name: filled(value, words) for name, value in how.get("headers", {}).items()}
    if how["type"] == "json":
        return headers | {"Content-Type": "application/json"}, json.dumps(fields)
    return headers | {"Content-Type": "application/x-www-form-urlencoded"}, urllib.parse.urlencode(fields)
