"""Runs the callback's code, which the farm put into the environment."""

import os
import sys
import traceback

import qb_callback


def main():
    sys.modules["qb"] = qb_callback
    code = os.environ.pop("QB_CALLBACK_CODE", "")
    try:
        exec(compile(code, "<callback>", "exec"), {"__name__": "__main__", "qb": qb_callback})
    except qb_callback.CallbackError as error:
        sys.exit("callback: %s" % error)
    except Exception:
        traceback.print_exc()
        sys.exit(1)


main()
