"""Runs the script of a job type: ``python3 qb_backend.py SCRIPT``. A file and no module, so that nothing in the job's folder is taken for a module."""

import os
import runpy
import sys


def main():
    if len(sys.argv) < 2:
        sys.exit("qb_backend: it is started by a Quern worker with the script of a job type: submit a job of that type instead")
    script = os.path.abspath(sys.argv[1])
    sys.argv = [script] + sys.argv[2:]
    sys.path[0:1] = [os.path.dirname(script), os.path.dirname(os.path.abspath(__file__))]
    runpy.run_path(script, run_name="__main__")


main()
