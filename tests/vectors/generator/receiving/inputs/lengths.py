"""Content-Length: a body that is not as long as was announced was emptied or cut on its way in."""

from ...case import ZEROS
from ..scenario import V1, delivery, scenario


def _length(name, note, *lengths, body=V1, **rest):
    more = [("Content-Length", length) for length in lengths]
    return scenario(f"length/{name}", note, delivery(body, more=more, **rest))


SCENARIOS = [
    _length("right", "as long as announced", str(len(V1))),
    _length("spaces", "spaces around it are no part of it", f" {len(V1)}\t"),
    _length("leading-zeros", "digits are a plain number", f"000{len(V1)}"),
    _length("joined", "a list, as a proxy joins repeated ones", "40, 40"),
    _length("plus", "a sign", "+40"),
    _length("letters", "letters behind it", "40x"),
    _length("negative", "a negative one", "-5"),
    _length("hex", "a number of another base", "0x36"),
    _length("underscore", "what a permissive parser takes", "1_0"),
    _length("empty", "an empty one", ""),
    _length("fraction", "a fraction", "43.0"),
    _length("exponent", "an exponent", "4e1"),
    _length("other-digits", "digits of another script", "\u0664\u0663"),
    _length("beyond-64-bits", "more than any body has", "99999999999999999999"),
    _length("twice", "two of them, though they agree", str(len(V1)), str(len(V1))),
    _length("twice-differing", "two that differ", "43", "44"),
    _length("unusable-forged", "an unusable one is our server's fault whoever signed", "40, 40", signature=ZEROS),
    _length("longer", "announced longer: cut", "44"),
    _length("shorter", "announced shorter: something was added", "42"),
    _length("emptied", "a middleware read the body before us", str(len(V1)), body="", signature=ZEROS),
    _length("zero", "a body where none was announced", "0"),
    _length("differs-forged", "told before the signature, which cannot match any more", "44", signature=ZEROS),
    _length("empty-body", "an empty body of no bytes is whole, and unreadable", "0", body=""),
    scenario(
        "length/over-the-limit",
        "where there is more than is of interest its length says nothing",
        delivery(V1, spaces=58, more=[("Content-Length", "101")]),
        max_body_bytes=100,
    ),
    scenario(
        "length/far-over-the-limit",
        "and what was not read is not missing",
        delivery(V1, spaces=500, more=[("Content-Length", str(len(V1) + 500))]),
        max_body_bytes=100,
    ),
    scenario(
        "length/cut-then-whole",
        "sent again and whole, it is new: nothing was claimed",
        delivery(more=[("Content-Length", "44")]),
        delivery(at=1_760_000_030, more=[("Content-Length", "43")]),
    ),
]
