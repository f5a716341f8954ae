"""The line between a job type's application and its worker: JSON objects, one a line (docs/job-types.md). May be used on its own, inside an application's own Python."""

import json
import os
import sys


class LineEnded(RuntimeError):
    """The worker is gone, or this program was not started by one."""


class Line:
    """Both directions of the line."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    @classmethod
    def open(cls):
        """The line that the environment names."""
        try:
            numbers = [int(os.environ[name]) for name in ("QUERN_LINE_IN", "QUERN_LINE_OUT")]
        except (KeyError, ValueError):
            raise LineEnded("this program is no application of a job: submit a job of its type, or try it with qb._setjob") from None
        if os.name == "nt" and numbers[0] > 2:
            import msvcrt

            numbers = [msvcrt.open_osfhandle(numbers[0], os.O_RDONLY), msvcrt.open_osfhandle(numbers[1], os.O_WRONLY)]
        return cls(os.fdopen(os.dup(numbers[0]), "rb"), os.fdopen(os.dup(numbers[1]), "wb"))

    def say(self, message):
        """What was printed before it is on its way first, so that it counts for the item that it is about."""
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        self._writer.write(json.dumps(message, default=str).encode("utf-8") + b"\n")
        self._writer.flush()

    def hear(self):
        """The next message; waits for it."""
        line = self._reader.readline()
        if not line:
            raise LineEnded("the worker does not answer any more: this instance is over")
        return json.loads(line.decode("utf-8"))
