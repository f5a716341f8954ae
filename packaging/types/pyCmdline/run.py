"""pyCmdline: ``package.cmdline`` once for each instance. Source: reference, qube-worker 4.1, qube-clients 5.3."""

import qb
from qb.backend.commands import CommandLine, MissingApplication


def main():
    try:
        code = CommandLine(qb.jobobj()).run({})
    except MissingApplication as missing:
        qb.reportjob({"status": "pending", "blame": "host", "reason": str(missing)})
        return
    qb.reportjob({"status": "complete"} if code == 0 else {"status": "failed", "reason": "exit code %d" % code})


main()
