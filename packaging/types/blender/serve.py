"""Runs inside Blender: its scene stays open, and each item renders its frames."""

import os
import sys

sys.path.insert(0, os.environ["QUERN_PYTHON"])

import bpy  # noqa: E402  Blender's own.
import qb  # noqa: E402
from qb.backend.serving import serve  # noqa: E402

PACKAGE = qb.jobobj()["package"]


def commands(name, work=None):
    """Qube's ``jobSetupCmds``, ``jobTeardownCmds`` and an item's ``commands``: statements of Python, a list or a text."""
    found = (work["package"] if work else PACKAGE).get(name) or []
    for statement in [found] if isinstance(found, str) else found:
        exec(statement, {"__name__": "__main__", "bpy": bpy, "qb": qb, "work": work})


def setup():
    render = bpy.context.scene.render
    if PACKAGE.get("output"):
        render.filepath = qb.convertpath(str(PACKAGE["output"]))
    if PACKAGE.get("engine"):
        render.engine = str(PACKAGE["engine"])
    commands("jobSetupCmds")


def run(work):
    scene = bpy.context.scene
    commands("commands", work)
    if "start" not in work:
        if work["package"].get("commands"):
            return None
        raise RuntimeError("item '%s' is no frame and has no commands: submit with --range" % work["name"])
    frames = range(work["start"], work["end"] + 1, work["step"])
    written = []
    for done, frame in enumerate(frames, 1):
        scene.frame_start = scene.frame_end = frame
        bpy.ops.render.render(animation=True)
        written.append(bpy.path.abspath(scene.render.frame_path(frame=frame)))
        if done < len(frames):
            qb.reportwork({**work, "status": "running", "resultpackage": {"outputPaths": written, "progress": done / len(frames)}})
    return {"outputPaths": written, "progress": 1}


serve(run, setup, lambda: commands("jobTeardownCmds"))
