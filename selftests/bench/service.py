# SPDX-License-Identifier: GPL-2.0-only
"""librefpoint from Python: no process stands between a request and its clock."""

import ctypes

WAIT_MS = 1000
DONE = 0
JOB_STARTED = 4096


class Uuid(ctypes.Structure):
    _fields_ = [("b", ctypes.c_ubyte * 16)]

    def __str__(self):
        h = bytes(self.b).hex()
        return "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


class Service:
    """A context of the library. What is refused raises an error."""

    def __init__(self):
        lib = ctypes.CDLL("librefpoint.so.1")
        for name in "result_new", "point_options_new":
            getattr(lib, "refpoint_" + name).restype = ctypes.c_void_p
        for name in "result_message", "error_message":
            getattr(lib, "refpoint_" + name).restype = ctypes.c_char_p
        self.lib = lib
        self.ctx = ctypes.c_void_p()
        if lib.refpoint_open(ctypes.byref(self.ctx)):
            raise OSError("librefpoint cannot be opened")
        self.result = ctypes.c_void_p(lib.refpoint_result_new())
        self.options = ctypes.c_void_p(lib.refpoint_point_options_new())
        lib.refpoint_point_options_set_wait(self.options, WAIT_MS)

    def close(self):
        self.lib.refpoint_point_options_free(self.options)
        self.lib.refpoint_result_free(self.result)
        self.lib.refpoint_close(self.ctx)

    def check(self, what, err):
        if err:
            raise OSError(-err, "%s: %s" % (
                what, self.lib.refpoint_error_message(self.ctx).decode()))
        if self.lib.refpoint_result_value(self.result) not in (DONE, JOB_STARTED):
            raise OSError("%s: %s" % (
                what, self.lib.refpoint_result_message(self.result).decode()))

    def collection(self, name, volumes):
        array = (ctypes.c_char_p * len(volumes))(*(v.encode() for v in volumes))
        self.check("collection " + name, self.lib.refpoint_collection_create(
            self.ctx, name.encode(), None, array, ctypes.c_size_t(len(volumes)), None,
            self.result))

    def collection_gone(self, name):
        self.check("collection " + name, self.lib.refpoint_collection_destroy(
            self.ctx, name.encode(), self.result))

    def point(self, collection):
        """A point, durable when this returns. Return: its id."""
        uuid, job = Uuid(), ctypes.c_uint64()
        self.check("point", self.lib.refpoint_point_create(
            self.ctx, collection.encode(), self.options, ctypes.byref(uuid),
            ctypes.byref(job), self.result))
        if self.lib.refpoint_result_value(self.result) == JOB_STARTED:
            self.check("job", self.lib.refpoint_job_wait(
                self.ctx, job, -1, None, None, None, self.result))
        return str(uuid)
