"""Qube's Python module, on Quern. So far the half that job types use (``qb.backend``); standard library only, Python 3.6 and later."""

from qb.backend import (
    convertpath,
    jobconfig,
    jobid,
    jobobj,
    jobtypeavailable,
    reportjob,
    reportwork,
    requestwork,
    subid,
    workerpathmap,
    _init_assign,
    _setjob,
)
from qb.objects import Job, QBObject, Subjob, Work

__all__ = [
    "Job",
    "QBObject",
    "Subjob",
    "Work",
    "convertpath",
    "jobconfig",
    "jobid",
    "jobobj",
    "jobtypeavailable",
    "reportjob",
    "reportwork",
    "requestwork",
    "subid",
    "workerpathmap",
]
