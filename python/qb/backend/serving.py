"""The loop of a job type, for those that need nothing special."""

import sys
import traceback

from qb import backend


def serve(run, setup=None, teardown=None):
    """
    Calls ``run(work)`` for each item until there are no more. What it returns (a dict, or nothing) is the item's result package; what it raises fails the item with that text. ``setup()`` and ``teardown()``
    stand around it; a ``setup`` that raises fails the instance.
    """
    if setup is not None:
        try:
            setup()
        except Exception as failure:
            traceback.print_exc()
            backend.reportjob({"status": "failed", "reason": _line(failure)})
            return "failed"
    while True:
        work = backend.requestwork(wait=0)
        if work["status"] == "failed":
            continue
        if work["status"] != "running":
            break
        _serve(run, work)
    if teardown is not None:
        teardown()
    backend.reportjob(work["status"])
    return work["status"]


def _serve(run, work):
    try:
        result = run(work)
        work["status"] = "complete"
        work["resultpackage"] = result or {}
    except Exception as failure:
        if type(failure) is not RuntimeError:
            traceback.print_exc()
        work["status"] = "failed"
        work["reason"] = _line(failure)
    sys.stdout.flush()
    backend.reportwork(work)


def _line(failure):
    return str(failure) or type(failure).__name__
