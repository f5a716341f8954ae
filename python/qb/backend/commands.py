"""Commands of a shell for the job types pyCmdline and pyCmdrange: frame tokens, this host's paths and applications."""

import os
import re
import subprocess
import sys

from qb import backend
from qb.backend.applications import MissingApplication, find

__all__ = ["CommandLine", "MissingApplication"]

_CONVERT = "QB_CONVERT_PATH("


class CommandLine:
    """The command of a job on this host. Output rules, time limits and file checks are the worker's."""

    def __init__(self, job):
        self._package = job.get("package") or {}
        command = str(self._package.get("cmdline", ""))
        if not command:
            raise ValueError("the job has no package.cmdline: give the command to run")
        self._command = find(convert(command), self._package)
        self._padding = int(self._package.get("padding") or 0)

    def run(self, work):
        """Runs it for an item, or for none; the exit code."""
        variables = tokens(work, self._padding) if work else {}
        command = replace(self._command, variables)
        if self._package.get("dev"):
            print("qb: %s" % command, file=sys.stderr, flush=True)
        environment = {**os.environ, **variables}
        if os.name == "nt":
            return subprocess.call(command, shell=True, env=environment)
        code = subprocess.call([str(self._package.get("shell") or "/bin/sh"), "-c", command], env=environment)
        return 128 - code if code < 0 else code


def convert(command):
    """The whole command with this host's path map; ``QB_CONVERT_PATH(path)`` becomes its path."""
    found = []
    at = 0
    while True:
        start = command.find(_CONVERT, at)
        end = _closing(command, start + len(_CONVERT)) if start >= 0 else -1
        if end < 0:
            return "".join(found) + backend.convertpath(command[at:])
        found.append(backend.convertpath(command[at:start]))
        found.append(backend.convertpath(command[start + len(_CONVERT) : end]))
        at = end + 1


def _closing(text, at):
    depth = 1
    for index in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return -1


def tokens(work, padding):
    """Qube's frame tokens of an item; a named one has no numbers."""
    numbers = {name: str(work[name]) if name in work else "" for name in ("start", "end", "step")}
    padding = int(work.get("padding") or padding)
    values = {"NUMBER": numbers["start"], "START": numbers["start"], "END": numbers["end"], "STEP": numbers["step"]}
    found = {"QB_FRAME_" + name: value for name, value in values.items()}
    found.update({"QB_PADDED_FRAME_" + name: _padded(value, padding) for name, value in values.items()})
    found.update({"QB_FRAME_RANGE": str(work.get("name", "")), "QB_FRAME_PADDING": str(padding)})
    return found


def _padded(number, padding):
    return "-" + number[1:].rjust(padding - 1, "0") if number.startswith("-") else number.rjust(padding, "0") if number else ""


def replace(command, values):
    """Every token in one pass; ``$QB_FRAME_NUMBER`` and ``${QB_FRAME_NUMBER}`` are the shell's."""
    if not values:
        return command
    names = "|".join(sorted(values, key=len, reverse=True))
    return re.sub(r"(?<!\$)(?<!\$\{)(%s)" % names, lambda found: values[found.group(1)], command)
