"""What the script of a job type calls: the job, its items one by one, and what became of them."""

import configparser
import json
import os
import re

from qb.backend.line import Line, LineEnded
from qb.backend.rehearsal import Rehearsal
from qb.objects import Job, Work

_STATUS_OF_ENDS = ("complete", "failed", "pending", "blocked", "killed")


class _Instance:
    """The instance that this process serves; opened at the first call."""

    line = None
    told = None


def _line():
    if _Instance.line is None:
        _Instance.line = Line.open()
        _Instance.told = _Instance.line.hear()
    return _Instance.line


def _told():
    _line()
    return _Instance.told


def jobobj():
    """The job of this instance. Its agenda is not in it: items come by ``requestwork``."""
    told = _told()
    job = Job(told.get("job") or {})
    job["id"] = told["id"]
    job["package"] = told.get("package") or {}
    job.setdefault("agenda", [])
    job.setdefault("subjobs", [])
    return job


def jobid():
    return int(_told()["id"])


def subid():
    return int(_told()["instance"])


def requestwork(wait=5):
    """
    The next item. Its status says what to do: ``running`` = do it and report it; ``failed`` = a flight check refused it, ask for the next; ``waiting`` = for ``wait`` seconds there was none, though
    more may come: sleep, or do something else, and ask again; ``complete`` = there are no more; ``pending`` = this instance goes on later, or elsewhere; ``blocked`` = blocked: report that of the job
    and end. With ``wait`` 0 it waits until there is one, or no more.
    """
    line = _line()
    line.say({"type": "request", "wait": wait})
    while True:
        message = line.hear()
        if message.get("type") == "item":
            return _work(message)


def _work(message):
    work = Work({key: value for key, value in message.items() if key not in ("type", "attempt")})
    work["pid"] = jobid()
    work["subid"] = subid()
    work["count"] = message.get("attempt", 0)
    work["host"] = os.environ.get("QUERN_WORKER", "")
    work["package"] = message.get("package") or {}
    work["resultpackage"] = {}
    return work


def reportwork(work):
    """What became of an item: its ``status`` (``complete``, ``failed``; ``running`` = so far) and ``resultpackage``, which may hold ``outputPaths``, ``progress``, ``errors`` and ``highlights``."""
    result = work.get("resultpackage") or {}
    message = {"type": "report", "status": str(work.get("status", "")), "result": dict(result)}
    if "id" in work:
        message["id"] = work["id"]
    if work.get("reason"):
        message["text"] = str(work["reason"])
    _line().say(message)
    return True


def reportjob(status):
    """What becomes of this instance; after it the process ends. A status, or a job with ``status`` and ``resultpackage``."""
    job = status if isinstance(status, dict) else {"status": status}
    word = str(job.get("status", "")) or "complete"
    if word not in _STATUS_OF_ENDS:
        raise ValueError("reportjob: '%s' is no end of an instance: use one of %s" % (word, ", ".join(_STATUS_OF_ENDS)))
    message = {"type": "end", "status": "failed" if word == "killed" else word, "result": dict(job.get("resultpackage") or {})}
    if job.get("reason"):
        message["text"] = str(job["reason"])
    if job.get("blame"):
        message["blame"] = str(job["blame"])
    _line().say(message)
    return True


def workerpathmap():
    """The path map of this worker: from what to what, in its order."""
    return dict(_told().get("pathmap") or [])


def convertpath(text):
    """The text with this worker's path map applied, one entry after the other."""
    for old, new in _told().get("pathmap") or []:
        text = text.replace(old, new)
    return text


def _folders():
    return [folder for folder in os.environ.get("QUERN_JOB_TYPES", "").split(os.pathsep) if folder]


def jobtypeavailable(name):
    """Whether this worker has the job type."""
    return any(os.path.exists(os.path.join(folder, name, file)) for folder in _folders() for file in ("job.conf", "job.json"))


def jobconfig(jobtype, key):
    """Any key of a job type's ``job.conf`` (or of ``config`` in its ``job.json``), this system's own (``key_linux``) first; empty = there is none."""
    system = {"nt": "winnt"}.get(os.name, "osx" if os.uname().sysname == "Darwin" else "linux") if hasattr(os, "uname") else "winnt"
    for folder in _folders():
        values = _values(os.path.join(folder, jobtype))
        if values is not None:
            return values.get("%s_%s" % (key.lower(), system), values.get(key.lower(), ""))
    return ""


def _values(folder):
    manifest = os.path.join(folder, "job.json")
    if os.path.exists(manifest):
        with open(manifest, encoding="utf-8") as file:
            text = re.sub(r"(?m)^\s*//.*$", "", file.read())
        return {str(name).lower(): value for name, value in json.loads(text).get("config", {}).items()}
    conf = os.path.join(folder, "job.conf")
    if not os.path.exists(conf):
        return None
    parser = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=True)
    with open(conf, encoding="utf-8") as file:
        parser.read_string("[ ]\n" + file.read())
    return {name.lower(): value or "" for section in parser.sections() for name, value in parser.items(section)}


def _setjob(job):
    """Tries a script without a farm: a job, or a file with one (JSON, or an archive in XML). Its items are handed out here and what is reported is printed."""
    _Instance.line = Rehearsal(job)
    _Instance.told = _Instance.line.hear()
    return jobobj()


def _init_assign():
    """Nothing to do: the job is there from the first call. For scripts that call it after ``_setjob``."""
    return True
