"""A job type's script by hand, without a farm: the other end of the line is in this process."""

import json
import sys
import xml.etree.ElementTree as ElementTree

from qb.objects import Job


class Rehearsal:
    """Hands out the items of a job in their order and prints what is reported."""

    def __init__(self, job):
        self._job = job if isinstance(job, dict) else load(job)
        self._items = [work if isinstance(work, dict) else {"name": str(work)} for work in self._job.get("agenda") or []]
        self._answers = [self._told()]
        self.reports = []

    def say(self, message):
        if message["type"] == "request":
            self._answers.append(self._next())
            return
        self.reports.append(message)
        print("qb: %s" % json.dumps(message, default=str), file=sys.stderr)

    def hear(self):
        return self._answers.pop(0)

    def _told(self):
        job = {key: value for key, value in self._job.items() if key not in ("agenda", "package", "subjobs")}
        return {"type": "job", "id": int(job.get("id") or 1), "instance": 0, "run": 1, "agenda": bool(self._items), "job": job, "package": self._job.get("package") or {}, "pathmap": []}

    def _next(self):
        done = len([one for one in self._items if one.get("given")])
        if done == len(self._items):
            return {"type": "item", "status": "complete"}
        item = self._items[done]
        item["given"] = True
        return {"type": "item", "status": "running", "id": done, "attempt": 1, "name": item.get("name", ""), "package": item.get("package") or {}}


def load(path):
    """A job from a file: a JSON object, or an archive as ``qbsub --export`` writes it (XML)."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.lstrip().startswith("{"):
        return Job(json.loads(text))
    body = text[text.index("<version") :] if "<version" in text else text
    root = ElementTree.fromstring("<archive>%s</archive>" % body)
    job = root.find("object")
    if job is None:
        raise ValueError("'%s' is no archive of a job: export one with qbsub --export" % path)
    found = Job({one.tag: (one.text or "").strip() for one in job if len(one) == 0})
    found["package"] = _package(found.get("data", ""))
    found["agenda"] = [{"name": (work.findtext("name") or "").strip(), "package": _package(work.findtext("data") or "")} for work in job.findall("agenda/object/item/object")]
    return found


def _package(text):
    """``(=(key=value)(key=value))``, with lists of entries inside as dicts."""
    text = text.strip()
    if not text.startswith("(="):
        return {}
    return _entries(text, 2)[0]


def _entries(text, at):
    values = {}
    while at < len(text) and text[at] == "(":
        key, at = _until(text, at + 1, "=")
        if text.startswith("(=", at + 1):
            value, at = _entries(text, at + 3)
            at += 1
        else:
            value, at = _until(text, at + 1, ")")
        values[key] = value
        at += 1
    return values, at


def _until(text, at, end):
    found = []
    while at < len(text) and text[at] != end:
        at += text[at] == "\\"
        found.append(text[at : at + 1])
        at += 1
    return "".join(found), at
