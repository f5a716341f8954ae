"""What a Python callback finds as ``qb``: why it runs, a look at jobs, and Qube's actions.

Everything goes through the commands beside the supervisor's and the worker's programs, as the account that the callback's job runs as. Standard library only.
"""

import json
import os
import subprocess

_VERBS = (
    "block", "unblock", "kill", "interrupt", "migrate", "preempt", "retire", "retry", "requeue", "suspend", "resume", "shove", "fail", "remove",
)
_OF_WORK = ("block", "unblock", "kill", "retire", "retry", "requeue", "fail")


class CallbackError(RuntimeError):
    """A command refused; the text is its sentence."""


def _number(name):
    value = os.environ.get(name, "")
    return int(value) if value.lstrip("-").isdigit() else 0


def jobid():
    """The job that the callback is about; 0 = none."""
    return _number("QB_CALLBACK_JOBID")


def subid():
    """The instance that the event was about; -1 = none."""
    return _number("QB_CALLBACK_SUBID")


def workid():
    """The name of the item that the event was about; empty = none."""
    return os.environ.get("QB_CALLBACK_WORKID", "")


def _run(command, *words):
    folder = os.environ.get("QBDIR", "")
    paths = [os.path.join(folder, "bin", command), os.path.join(folder, command)]
    done = subprocess.run(
        [next((path for path in paths if os.path.exists(path)), command), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise CallbackError(done.stderr.strip() or "%s ended with %d" % (command, done.returncode))
    return done.stdout


def jobinfo(*words, **options):
    """Jobs as dicts; takes Qube's pairs, ``jobinfo("-id", 12)``, ``jobinfo("-pgrp", 12)``, or keywords."""
    wanted = dict(zip([str(word).lstrip("-") for word in words[0::2]], words[1::2]))
    wanted.update(options)
    ids = wanted.pop("id", None)
    ids = [] if ids is None else ids if isinstance(ids, (list, tuple)) else [ids]
    asked = []
    for name, value in wanted.items():
        asked += ["--" + name, str(value)]
    if not ids and "user" not in wanted:
        asked += ["--user", "all"]
    found = json.loads(_run("qbjobs", "--json", "--status", *asked, *[str(one) for one in ids]) or "[]")
    return found.get("jobs", []) if isinstance(found, dict) else found


def _job(job):
    found = jobinfo("-id", jobid() if job is None else job)
    if not found:
        raise CallbackError("there is no job %s" % (jobid() if job is None else job))
    return found[0]


def jobstatus(job=None):
    """Status of a job; default the callback's."""
    return _job(job)["status"]


def subjobstatus(sub=None, job=None):
    """Status of an instance, ``12.0`` or its number; default the event's."""
    text = str(subid() if sub is None else sub)
    if "." in text:
        job, text = text.split(".", 1)
    found = _job(job)
    return next(one["status"] for one in found["subjobs"] if one["id"] == "%s.%s" % (found["id"], text))


def workstatus(work=None, job=None):
    """Status of an item, ``12:5`` or its name; default the event's."""
    text = str(workid() if work is None else work)
    if ":" in text:
        job, text = text.split(":", 1)
    return next(one["status"] for one in _job(job)["agenda"] if one["name"] == text)


def sibling(label):
    """The id of the job with that label in the process group of the callback's; 0 = none."""
    group = _job(None)["pgrp"]
    return next((one["id"] for one in jobinfo("-pgrp", group) if one["label"] == label), 0)


def _targets(what):
    return [str(one) for one in (what if isinstance(what, (list, tuple)) else [what])]


def _action(verb):
    def act(*what):
        """The ids that changed; what the action does not apply to stays as it is."""
        targets = [one for each in what for one in _targets(each)] or [str(jobid())]
        return _run("qb" + verb, *targets).split()

    act.__name__ = verb
    return act


def _work_action(verb):
    def act(*what):
        """The same, of items (``12:5``, or a name in the callback's job); default the event's."""
        targets = [one for each in what for one in _targets(each)] or [workid()]
        return _run("qb" + verb, *["%s:%s" % (jobid(), one) if ":" not in one else one for one in targets]).split()

    act.__name__ = verb + "work"
    return act


for _verb in _VERBS:
    globals()[_verb] = _action(_verb)
for _verb in _OF_WORK:
    globals()[_verb + "work"] = globals()["work" + _verb] = _work_action(_verb)
complete = globals()["retire"]
completework = workcomplete = globals()["retirework"]
