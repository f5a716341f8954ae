"""Jobs, instances and items: dicts with Qube's keys."""

import warnings


class QBObject(dict):
    """A dict; ``job.name()`` and ``job.name("x")`` of old scripts read and write the key of that name."""

    _defaults = {}

    def __init__(self, data=None, **values):
        super().__init__()
        for key, value in self._defaults.items():
            self[key] = type(value)() if isinstance(value, (dict, list)) else value
        self.update(data or {})
        self.update(values)

    def __getattr__(self, key):
        if key.startswith("_") or key not in self:
            raise AttributeError("%s has no %s" % (type(self).__name__, key))

        def access(*value):
            warnings.warn("%s()" % key + " is old: write ['%s']" % key, DeprecationWarning, stacklevel=2)
            if value:
                self[key] = value[0]
            return self[key]

        return access

    def copy(self):
        return type(self)(dict(self))


class Work(QBObject):
    """An item of the agenda."""

    _defaults = {"name": "", "status": "pending", "package": {}, "resultpackage": {}}


class Subjob(QBObject):
    """An instance."""


class Job(QBObject):
    """A job; its agenda and instances are wrapped into their classes."""

    _defaults = {"name": "", "prototype": "", "package": {}}

    def __init__(self, data=None, **values):
        super().__init__(data, **values)
        for key, kind in (("agenda", Work), ("p_agenda", Work), ("subjobs", Subjob)):
            if isinstance(self.get(key), (list, tuple)):
                self[key] = [one if isinstance(one, kind) else kind({"name": one} if isinstance(one, str) else one) for one in self[key]]
