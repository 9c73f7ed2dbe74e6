"""The shared library through ctypes: its structs as the header has them, and its functions by their names."""

import ctypes
from ctypes import POINTER, Structure, byref, c_bool, c_char, c_char_p, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

from building import PREFIX

LIBRARY = ctypes.CDLL(str(PREFIX / "lib" / "liboverten_webhook.so"))

FAILED_FOR_GOOD, FAILED = 13, 12
OUTCOMES = {"new": 5, "duplicate": 8, "in_flight": 9, "done": 10, "claim_lost": 11, "failed": FAILED, "failed_for_good": FAILED_FOR_GOOD}
STEPS = {1: "read_body", 2: "claim", 3: "hand_on", 4: "set_aside", 5: "commit", 6: "release", 7: "answer"}
LEVELS = {1: "info", 2: "warn", 3: "error"}
LINE_BYTES, RAW_LINE_BYTES = 20480, 131072
RAW_LOG = {"off": 0, "failures": 4, "all": 8}
PAST_UNCHECKED, FUTURE_UNCHECKED = 1, 2


class Secret(Structure):
    _fields_ = [("label", c_char_p), ("label_len", c_size_t), ("secret", c_char_p), ("secret_len", c_size_t)]


class Header(Structure):
    _fields_ = [("name", c_char_p), ("name_len", c_size_t), ("value", c_char_p), ("value_len", c_size_t)]


class View(Structure):
    _fields_ = [("data", c_char_p), ("len", c_size_t)]


class Options(Structure):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("past_seconds", c_int64), ("future_seconds", c_int64),
                ("max_body_bytes", c_uint64), ("lease_seconds", c_uint64), ("retention_seconds", c_uint64), ("scope", c_uint32),
                ("mismatch_http_status", c_uint32)]


class Reception(Structure):
    _fields_ = [("opaque", c_uint64 * 11)]


class Step(Structure):
    _fields_ = [("kind", c_uint32), ("failed_for_good", c_uint32), ("answer_by_ms", c_uint64), ("max_body_bytes", c_uint64),
                ("lease_seconds", c_uint64)]


class Answer(Structure):
    _fields_ = [("http_status", c_uint32), ("retry_after_seconds", c_uint32), ("allow", c_char * 8), ("body", c_char * 48)]


class Ending(Structure):
    _fields_ = [("status", c_uint32), ("level", c_uint32), ("answer", Answer)]


class Key(Structure):
    _fields_ = [("text", c_char * 400)]


class Error(Structure):
    _fields_ = [("code", c_uint32), ("position", ctypes.c_int32), ("age_seconds", c_int64), ("limit", c_uint64), ("offset", c_int64),
                ("field", c_char * 16), ("message", c_char * 512)]


LIBRARY.overten_status_code.restype = c_char_p
LIBRARY.overten_receiver_free.argtypes = [c_void_p]
LIBRARY.overten_event_free.argtypes = [c_void_p]
LIBRARY.overten_delivery_free.argtypes = [c_void_p]


ABSENT = object()


def word(status):
    return LIBRARY.overten_status_code(status).decode()


def call(name, *arguments):
    """Calls a function that must not fail. Bytes, and `ABSENT`, are given with their length; all else as the header has it."""
    given = []
    for argument in arguments:
        if isinstance(argument, bytes):
            given += [argument, c_size_t(len(argument))]
        elif argument is ABSENT:
            given += [None, c_size_t(0)]
        else:
            given.append(argument)
    status = getattr(LIBRARY, name)(*given)
    if status != 0:
        raise AssertionError(f"{name}: {word(status)}")


class Receiver:
    """An `overten_receiver`, ended by `with`; a misconfigured one too."""

    def __init__(self, secrets, path, options):
        array = (Secret * max(len(secrets), 1))()
        for slot, (label, secret) in zip(array, secrets, strict=False):
            slot.label, slot.label_len = label, len(label or b"")
            slot.secret, slot.secret_len = secret, len(secret)
        self.handle, self.error = c_void_p(), Error()
        path = (None, c_size_t(0)) if path is None else (path, c_size_t(len(path)))
        self.status = LIBRARY.overten_receiver_new(
            array, c_size_t(len(secrets)), *path, byref(options), byref(self.handle), byref(self.error))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        LIBRARY.overten_receiver_free(self.handle)


class Request:
    """One reception, by its event's handle or, `packed`, by its record."""

    def __init__(self, receiver, packed=False):
        self.receiver, self.packed = receiver.handle, packed
        self.reception, self.step, self.key = Reception(), Step(), Key()
        self.delivery, self.event = c_void_p(), c_void_p()
        self.names = [None] * 3
        self.whys = []

    def asked(self):
        return STEPS[self.step.kind]

    def begin(self, method, target, headers):
        call("overten_reception_begin", self.receiver, method, target, *headers_for_c(headers), c_uint64(0), byref(self.reception),
             byref(self.step))

    def body(self, body, now):
        self.body_bytes = body  # the delivery refers to it
        if not self.packed:
            return call("overten_reception_body", self.receiver, byref(self.reception), body, c_int64(now), byref(self.delivery),
                        byref(self.event), byref(self.key), byref(self.step), None)
        room, needed = b"", c_size_t()
        while len(room) == 0 or len(room) < needed.value:
            room = ctypes.create_string_buffer(needed.value or 1)
            call("overten_reception_body_packed", self.receiver, byref(self.reception), body, c_int64(now), c_uint32(0), room,
                 c_size_t(len(room)), byref(needed), byref(self.key), byref(self.step), None)
        if needed.value:
            self.names = list(names_of(body, room.raw[:needed.value]))

    def broken_off(self):
        call("overten_reception_broken_off", byref(self.reception), byref(self.step), None)

    def advance(self, outcome, asked_at_ms, at_ms):
        call("overten_reception_advance", byref(self.reception), c_uint32(OUTCOMES[outcome]), c_uint64(asked_at_ms), c_uint64(at_ms),
             byref(self.step), None)

    def late(self, at_ms):
        return self._told("overten_reception_late", at_ms, byref(self.step))

    def end(self, at_ms):
        return self._told("overten_reception_end", at_ms)

    def _told(self, name, at_ms, *step):
        """The ending, and its line."""
        ending, line, length = Ending(), ctypes.create_string_buffer(LINE_BYTES), c_size_t()
        whys = (View * max(len(self.whys), 1))(*[View(why, len(why)) for why in self.whys])
        event = [self.event]
        if self.packed:
            name, event = name + "_named", [ABSENT if text is None else text for text in self.names]
        call(name, self.receiver, byref(self.reception), *event, whys, c_size_t(len(self.whys)), c_uint64(at_ms), byref(ending), line,
             c_size_t(len(line)), byref(length), *step)
        assert line.raw[length.value] == 0
        return ending, line.raw[:length.value].decode()

    def raw_line(self, headers, body, at_ms):
        """The line for debugging, None where there is none; `body` is None where nothing was read of it."""
        line, length = ctypes.create_string_buffer(RAW_LINE_BYTES), c_size_t()
        call("overten_reception_raw_line", self.receiver, byref(self.reception), *headers_for_c(headers), ABSENT if body is None else body,
             c_uint64(at_ms), line, c_size_t(len(line)), byref(length))
        assert line.raw[length.value] == 0
        return line.raw[:length.value].decode() or None

    def close(self):
        LIBRARY.overten_event_free(self.event)
        LIBRARY.overten_delivery_free(self.delivery)


def headers_for_c(headers):
    """An array of them, and its length."""
    array = (Header * max(len(headers), 1))()
    for slot, (name, value) in zip(array, headers, strict=False):
        slot.name, slot.name_len, slot.value, slot.value_len = name, len(name), value, len(value)
    return array, c_size_t(len(headers))


def names_of(body, record):
    """Name, run_id and task_id out of a record, None where they are absent: see "The packed record" in README.md."""
    both = body + record
    for slot in range(3):
        offset, length = (int.from_bytes(record[at:at + 4], "little") for at in (48 + 8 * slot, 52 + 8 * slot))
        yield None if offset == 0xFFFFFFFF else both[offset:offset + length]
