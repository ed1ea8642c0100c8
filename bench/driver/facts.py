"""What the right answers are known to hold: names and ids, worked out from the data set alone."""
import base64
import csv
import itertools
import random
import re
import unicodedata

PASSWORD = "correct horse battery staple"
ADMIN, ORG_ADMIN = "admin@example.com", "orgadmin@example.com"
SIGN_IN_ACCOUNTS = 200
PAGE = 25
# An index of three letters in a row knows nothing of such words by itself. Nobody has some of them, also of those whom the
# workloads make.
SHORT_WORDS = ("qx", "jj", "%", "ß", "x9", "q", "'", "7@")


class Wrong(Exception):
    """An answer that is not what the target file and the data set say it must be."""


def fold(text):
    """The key that Usher sorts names by: compatibility decomposition, no marks, lower case."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


# How lists are in order. A server that leaves rows of one name in any order is held to the names alone.
ORDERS = {
    "name": lambda rows: sorted(rows, key=lambda row: row["name"]),
    "name,-id": lambda rows: sorted(sorted(rows, key=lambda row: row["id"], reverse=True), key=lambda row: row["name"]),
    "folded,id": lambda rows: sorted(rows, key=lambda row: (row["key"], row["id"])),
}


class DataSet:
    """The users of the data set, read once."""

    def __init__(self, folder):
        with (folder / "users.csv").open(newline="", encoding="utf-8") as file:
            self.users = [{"id": row["id"], "email": row["email"], "name": row["name"], "role": row["role"],
                           "organization": row["organization_id"], "key": fold(row["name"])}
                          for row in csv.DictReader(file)]
        with (folder / "organizations.csv").open(newline="", encoding="utf-8") as file:
            self.organizations = [row["id"] for row in csv.DictReader(file)]
        self.names = {row["id"].replace("-", ""): row["name"] for row in self.users}
        self.sign_ins = [row["email"] for row in self.users if row["role"] == "Org Admin"][:SIGN_IN_ACCOUNTS]
        self.kept = {}

    def facts(self, order):
        """The words that a target file may name in braces, and the ids that each workload's page must hold."""
        if order not in self.kept:
            self.kept[order] = self.work_out(ORDERS[order])
        return self.kept[order]

    def work_out(self, in_order):
        rows = in_order(self.users)
        org = next(row["organization"] for row in rows if row["email"] == ORG_ADMIN)
        of_org = [row for row in rows if row["organization"] == org]
        small = self.organizations[-1]
        of_small = [row for row in rows if row["organization"] == small]
        # The commonest last name there, so that the search finds somebody.
        last_names = [row["key"].split()[-1] for row in of_small]
        term = max(sorted(set(last_names)), key=last_names.count)
        offset = len(rows) * 9 // 10 // PAGE * PAGE
        before = rows[offset - 1]

        def found(term, rows):
            return [row for row in rows if term in row["email"] or term in row["key"]][:PAGE]

        pages = {"W2": rows[:PAGE], "W2b": of_org[:PAGE], "W3": rows[offset:offset + PAGE],
                 "W4a": found("anderson", rows), "W4b": found("quackenbush", rows), "W4c": found("com", rows),
                 "W4d": found(term, of_small)}
        pages["W2c"], pages["W8"] = pages["W2b"], pages["W2"]
        cursor = f"x{offset}.{before['id'].replace('-', '')}.t{before['key']}"
        words = {
            "org": org, "org_digits": org.replace("-", ""), "small_org": small, "small_term": term,
            "password": PASSWORD, "first_name": rows[0]["name"], "org_first_name": of_org[0]["name"],
            "deep_offset": str(offset), "deep_page": str(offset // PAGE + 1), "deep_name": rows[offset]["name"],
            "before_deep_name": before["name"], "before_deep_id": before["id"],
            "deep_cursor": base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("="),
        }
        ids = {name: [row["id"].replace("-", "") for row in page] for name, page in pages.items()}
        return {"words": words, "ids": ids}

    def typed(self, order):
        """What people type to find somebody, each with the ids of its first page: last names, first names, both while they
        are typed, addresses up to the @, and words that few have or nobody. The same each time."""
        if (order, "typed") not in self.kept:
            dice = random.Random(1)
            names = [row["key"].split() for row in dice.sample(self.users, 32)]
            words = [name[-1] for name in names[:16]] + [name[0] for name in names[16:]]
            words += [dice.choice(name)[:dice.randint(1, 4)] for name in names[::2]]
            words += [row["email"].split("@")[0] for row in dice.sample(self.users, 8)]
            rows = ORDERS[order](self.users)
            self.kept[order, "typed"] = {word: page_of(word, rows) for word in dict.fromkeys([*words, *SHORT_WORDS])}
        return self.kept[order, "typed"]

    def check(self, where, pattern, order, name, body):
        """That the answer's rows are the data set's, in the same order."""
        self.compare(f"{where} {name}", pattern, order, self.facts(order)["ids"][name], body)

    def compare(self, where, pattern, order, expected, body):
        found = list(dict.fromkeys(match.replace("-", "") for match in re.findall(pattern, body)))
        if order == "name":  # rows of one name come in any order
            expected, found = ([self.names.get(id, id) for id in ids] for ids in (expected, found))
        if found != expected:
            raise Wrong(f"{where}: other rows than the data set's: {found[:3]}..., not {expected[:3]}...")


def page_of(word, rows):
    """The ids of the first page of those who have a folded word."""
    having = (row["id"].replace("-", "") for row in rows if word in row["email"] or word in row["key"])
    return list(itertools.islice(having, PAGE))


def filled(template, words, quote=str):
    return re.sub(r"\{(\w+)\}", lambda match: quote(words[match[1]]), template)
