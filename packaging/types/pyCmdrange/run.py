"""pyCmdrange: ``package.cmdline`` once for each item, its frame tokens replaced. Source: reference, qube-worker 4.1, qube-clients 5.3."""

import qb
from qb.backend.commands import CommandLine, MissingApplication
from qb.backend.serving import serve


def main():
    try:
        command = CommandLine(qb.jobobj())
    except MissingApplication as missing:
        qb.reportjob({"status": "pending", "blame": "host", "reason": str(missing)})
        return

    def run(work):
        code = command.run(work)
        if code != 0:
            raise RuntimeError("exit code %d" % code)

    serve(run)


main()
