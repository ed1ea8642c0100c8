"""The workloads: what is asked, and what the answers must show. README.md says what each is."""
import http.client
import random
import re
import time
import urllib.parse

from .client import Client, encoded
from .facts import ADMIN, Wrong, filled


class Session:
    """A target that runs, with the accounts that are signed in to it."""

    def __init__(self, target, data):
        self.target, self.data = target, data
        self.order = target.get("order", "name")
        self.words = data.facts(self.order)["words"]
        self.clients = {}
        self.checked = set()

    def offers(self, name):
        return name in self.target["workloads"] or (name == "W1" and "sign_in" in self.target)

    def client(self, account=ADMIN):
        if account not in self.clients:
            self.clients[account] = Client(self.target, self.words).sign_in(account)
        return self.clients[account]

    def headers(self, workload):
        return {"Cookie": self.client(workload.get("as", ADMIN)).cookies()} | self.target.get("headers", {})

    def plan(self, name, count=0):
        """(plan for wrk, figures of one checked request)."""
        workload = self.target["workloads"].get(name, {})
        if name == "W1":
            return self.sign_ins(), {}
        if "mix" in workload:
            return self.mixed(workload["mix"]), {}
        if "accept" in workload:
            return self.acceptances(workload, count), {}
        if "post" in workload:
            return self.posts(name, workload), {}
        if "typed" in workload:
            return self.typed(name, workload), {}
        return self.page(name, workload)

    def sign_ins(self):
        requests, client = [], Client(self.target, self.words)
        for email in self.data.sign_ins:
            path, headers, body = client.sign_in_request(email)
            headers["Cookie"] = client.cookies()
            requests.append({"method": "POST", "path": path, "headers": headers, "body": body})
        Client(self.target, self.words).sign_in(self.data.sign_ins[0])
        return {"status": self.target["sign_in"]["status"], "text": "", "requests": requests}

    def page(self, name, workload):
        path = filled(workload["path"], self.words, urllib.parse.quote)
        text = filled(workload["text"], self.words)
        client, took = self.client(workload.get("as", ADMIN)), []
        for _ in range(2):  # the first may find nothing in memory
            started = time.perf_counter()
            status, body = client.send(path, headers=self.target.get("headers"))
            took.append(time.perf_counter() - started)
        if status != 200 or text not in body:
            raise Wrong(f"{self.target['name']} {name} {path}: status {status}, "
                        f"text {text!r} {'' if text in body else 'not '}found")
        if "rows" in workload:
            marker, rows = workload["rows"]
            if body.count(marker) != rows:
                raise Wrong(f"{self.target['name']} {name}: {body.count(marker)} rows, not {rows}")
        else:
            pattern = workload.get("ids", self.target["ids"])
            self.data.check(self.target["name"], pattern, self.order, name, body)
        request = {"method": "GET", "path": path, "headers": self.headers(workload)}
        return {"status": 200, "text": text, "requests": [request]}, {"seconds": min(took), "bytes": len(body.encode())}

    def typed(self, name, workload):
        """A search for each of the words that people type, every one of which is checked once."""
        client, requests = self.client(workload.get("as", ADMIN)), []
        for word, expected in self.data.typed(self.order).items():
            path = filled(workload["path"], {"word": urllib.parse.quote(word, safe="")}, urllib.parse.quote)
            if name not in self.checked:
                status, body = client.send(path, headers=self.target.get("headers"))
                if status != 200:
                    raise Wrong(f"{self.target['name']} {name} {path}: status {status}")
                where = f"{self.target['name']} {name} {word}"
                self.data.compare(where, self.target["ids"], self.order, expected, body)
            requests.append({"method": "GET", "path": path, "headers": self.headers(workload)})
        self.checked.add(name)
        return {"status": 200, "text": workload["text"], "requests": requests}

    def post_requests(self, workload, each):
        """One request for each of the words given."""
        how = workload["post"]
        for more in each:
            headers, body = encoded(how, self.words | {"number": "{number}"} | more)
            yield {"method": "POST", "path": workload["path"], "headers": self.headers(workload) | headers, "body": body}

    def posts(self, name, workload):
        each = [{"each_org": org} for org in self.data.organizations]
        requests = list(self.post_requests(workload, each))
        return {"status": workload.get("status", 200), "text": workload["text"], "requests": requests}

    def acceptances(self, workload, count):
        """Invites so many people first: each link can be accepted once."""
        invite = self.target["workloads"][workload["accept"]]
        requests = list(self.post_requests(invite, [{"each_org": org} for org in self.data.organizations]))
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.target["base"]).netloc, timeout=60)
        tokens, start = [], time.time_ns() // 1000
        for number in range(start, start + count):
            request = requests[number % len(requests)]
            body = request["body"].replace("%7Bnumber%7D", f"a{number}")
            connection.request("POST", request["path"], body, request["headers"])
            answer = connection.getresponse().read().decode()
            link = re.search(workload["link"], answer)
            if not link:
                raise Wrong(f"{self.target['name']}: no link in {answer[:300]}")
            tokens.append({"token": link[1]})
        connection.close()
        stranger = {key: value for key, value in workload.items() if key != "as"}
        requests = list(self.post_requests(stranger, tokens))
        for request in requests:
            del request["headers"]["Cookie"]
        return {"status": 200, "text": workload["text"], "requests": requests}

    def mixed(self, mix):
        """The requests of other workloads, so many of each, in an order that is the same each time."""
        dice, requests = random.Random(1), []
        for name, share in mix.items():
            plan, _ = self.plan(name)
            requests += [dice.choice(plan["requests"]) for _ in range(share * 10)]
        dice.shuffle(requests)
        return {"status": 200, "text": "", "requests": requests}
