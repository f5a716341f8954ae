"""AppFinder: ``__MAYA__``, ``__NUKE__``, ``__AE__``, ``__C4D__`` and ``__C4DCL__`` in a command stand for the application of exactly ``package.appVersion``, where its vendor installs it."""

import os
import platform

_PLACES = {
    "Linux": {
        "MAYA": ["/usr/autodesk/maya{0}/bin/Render", "/usr/autodesk/maya{0}-x64/bin/Render"],
        "NUKE": ["/usr/local/Nuke{0}.{1}v{2}/Nuke{0}.{1}", "/opt/Nuke{0}.{1}v{2}/Nuke{0}.{1}"],
        "C4D": ["/opt/maxon/cinema4dr{0}.{1}/bin/Commandline", "/opt/maxon/cinema4d{0}/bin/Commandline"],
    },
    "Darwin": {
        "MAYA": ["/Applications/Autodesk/maya{0}/Maya.app/Contents/bin/Render"],
        "NUKE": ["/Applications/Nuke{0}.{1}v{2}/Nuke{0}.{1}v{2}.app/Contents/MacOS/Nuke{0}.{1}"],
        "AE": ["/Applications/Adobe After Effects {0}/aerender", "/Applications/Adobe After Effects CC {0}/aerender"],
        "C4D": ["/Applications/Maxon Cinema 4D {0}/Commandline.app/Contents/MacOS/Commandline", "/Applications/MAXON/Cinema 4D R{0}/Commandline.app/Contents/MacOS/Commandline"],
    },
    "Windows": {
        "MAYA": ["C:/Program Files/Autodesk/Maya{0}/bin/Render.exe"],
        "NUKE": ["C:/Program Files/Nuke{0}.{1}v{2}/Nuke{0}.{1}.exe"],
        "AE": ["C:/Program Files/Adobe/Adobe After Effects {0}/Support Files/aerender.exe", "C:/Program Files/Adobe/Adobe After Effects CC {0}/Support Files/aerender.exe"],
        "C4D": ["C:/Program Files/Maxon Cinema 4D {0}/Commandline.exe", "C:/Program Files/MAXON/Cinema 4D R{0}/Commandline.exe"],
    },
}
_NAMES = {"__MAYA__": "MAYA", "__NUKE__": "NUKE", "__AE__": "AE", "__C4DCL__": "C4D", "__C4D__": "C4D"}


class MissingApplication(RuntimeError):
    """This host has not got the application; another may."""


def find(command, package, places=None):
    """The command with its tokens replaced. There is no best match: what is not there in exactly this version is missing."""
    for token, name in _NAMES.items():
        if token in command:
            command = command.replace(token, _quoted(_path(token, name, package, places or _PLACES)))
    return command


def _path(token, name, package, places):
    version = package.get("appVersion") or []
    version = [str(part) for part in (version if isinstance(version, (list, tuple)) else str(version).strip("()[]").replace(",", ".").split("."))]
    version = [part.strip(" '\"") for part in version if str(part).strip(" '\"")]
    if not version:
        raise ValueError("%s in the command wants a version: give it as package.appVersion, as in (2024, 0)" % token)
    full = version + ["0"] * (3 - len(version))
    tried = [place.format(*full) for place in places.get(platform.system(), {}).get(name, [])]
    found = next((path for path in tried if os.path.exists(path)), None)
    if found is None:
        raise MissingApplication("this host has no %s %s (%s)" % (token.strip("_"), ".".join(version), ", ".join(tried) or "it has no usual place on this system"))
    return found


def _quoted(path):
    return '"%s"' % path if " " in path else path
