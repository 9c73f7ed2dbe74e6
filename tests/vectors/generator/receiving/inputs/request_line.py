"""Which requests are for this receiver: path first, then method."""

from ..scenario import delivery, scenario


def _path(name, note, target, path="/webhooks/overten", **rest):
    return scenario(f"path/{name}", note, delivery(target=target, **rest), path=path)


SCENARIOS = [
    _path("trailing-slash", "with and without its last slash it is the same path", "/webhooks/overten/"),
    _path("trailing-slash-set", "in the setting too", "/webhooks/overten", "/webhooks/overten/"),
    _path("trailing-slash-both", "and in both", "/webhooks/overten/", "/webhooks/overten/"),
    _path("query", "a query is ignored", "/webhooks/overten?from=test"),
    _path("query-empty", "an empty one too", "/webhooks/overten?"),
    _path("query-behind-slash", "slash and query", "/webhooks/overten/?from=/other"),
    _path("query-names-path", "a query never stands for the path", "/?/webhooks/overten"),
    _path("fragment", "a fragment ends the path, though no client sends one", "/webhooks/overten#x"),
    _path("another", "another path", "/webhooks/other"),
    _path("longer", "more behind it is another path", "/webhooks/overten/more"),
    _path("shorter", "less of it is another path", "/webhooks"),
    _path("prefix", "a longer last segment is another path", "/webhooks/overtenx"),
    _path("case", "paths compare exactly", "/Webhooks/Overten"),
    _path("root", "the root is another path", "/"),
    _path("root-set", "and may be the one that is set", "/", "/"),
    _path("root-set-query", "with a query", "/?x", "/"),
    _path("root-set-other", "and is no prefix of every other", "/webhooks/overten", "/"),
    _path("doubled-last-slash", "two slashes are not one", "/webhooks/overten//"),
    _path("doubled-inner-slash", "nor within it", "/webhooks//overten"),
    _path("escape", "%6F is o", "/webhooks/%6Fverten"),
    _path("escape-lower-case", "%6f is o", "/webhooks/%6fverten"),
    _path("escape-set", "in the setting too", "/webhooks/overten", "/webhooks/%6Fverten"),
    _path("escape-set-both", "and in both", "/webhooks/%6Fverten", "/webhooks/%6Fverten"),
    _path("escape-twice", "escapes are decoded once", "/webhooks/%256Fverten"),
    _path("escape-no-hex", "an escape of no hex digits stays as it is", "/webhooks/%zzverten", "/webhooks/%zzverten"),
    _path("escape-cut", "so does one that is cut", "/webhooks/overten%6", "/webhooks/overten%6"),
    _path("escape-lone-percent", "and a per cent sign alone", "/webhooks/100%", "/webhooks/100%"),
    _path("escaped-last-slash", "%2F is a slash", "/webhooks/overten%2F"),
    _path("escaped-question-mark", "%3F begins no query", "/webhooks/overten%3Fx"),
    _path("escaped-nul", "%00 ends no path", "/webhooks/overten%00"),
    _path(
        "non-ascii-set",
        "a setting of other letters, asked for as a client does",
        "/webhooks/%C3%B6vert%C3%A9n",
        "/webhooks/\xf6vert\xe9n",
    ),
    _path(
        "non-ascii-decoded", "asked for as a server decodes it", "/webhooks/\xf6vert\xe9n", "/webhooks/\xf6vert\xe9n"
    ),
    _path(
        "non-ascii-set-escaped",
        "the setting written as a client does",
        "/webhooks/%C3%B6vert%C3%A9n",
        "/webhooks/%C3%B6vert%C3%A9n",
    ),
    _path(
        "non-ascii-set-escaped-decoded",
        "and decoded by the server",
        "/webhooks/\xf6vert\xe9n",
        "/webhooks/%C3%B6vert%C3%A9n",
    ),
    _path(
        "non-ascii-lower-case-escape",
        "escapes of either case",
        "/webhooks/%c3%b6vert%c3%a9n",
        "/webhooks/\xf6vert\xe9n",
    ),
    _path(
        "non-ascii-composed",
        "no letter is composed or taken apart",
        "/webhooks/o%CC%88verte%CC%81n",
        "/webhooks/\xf6vert\xe9n",
    ),
    _path("space-set", "a space in the setting", "/web%20hooks/x", "/web hooks/x"),
    _path("space-set-escaped", "written as an escape", "/web%20hooks/x", "/web%20hooks/x"),
    _path("space-plus", "a plus is no space", "/web+hooks/x", "/web hooks/x"),
    _path("tilde-set-escaped", "an escape that none was needed for", "/hooks/a~b", "/hooks/a%7Eb"),
    _path("tilde-both-escaped", "in both", "/hooks/a%7Eb", "/hooks/a%7Eb"),
    _path("whole-url", "a whole URL, as a proxy asks", "http://hooks.example/webhooks/overten"),
    _path(
        "whole-url-https",
        "of the other scheme, with a port and a query",
        "https://hooks.example:8443/webhooks/overten?x",
    ),
    _path("whole-url-upper-case", "schemes compare without case", "HTTP://hooks.example/webhooks/overten"),
    _path("whole-url-query", "the host ends at a question mark", "http://hooks.example?x=/webhooks/overten"),
    _path("whole-url-fragment", "and at a hash", "http://hooks.example#/webhooks/overten"),
    _path("whole-url-other-path", "a whole URL of another path", "http://hooks.example/other"),
    _path("whole-url-other-scheme", "another scheme is part of another path", "ftp://hooks.example/webhooks/overten"),
    _path("whole-url-root", "a host alone asks for the root", "http://hooks.example", "/"),
    _path("host-without-scheme", "a host without a scheme is part of another path", "//hooks.example/webhooks/overten"),
    _path("dots", "nobody resolves dots here", "/webhooks/../webhooks/overten"),
    _path("another-get", "the path comes before the method", "/other", method="GET"),
    _path("query-get", "our path, a query, and not a POST", "/webhooks/overten?x", method="GET"),
    *[
        scenario(f"method/{method}", "anything but a POST, however signed", delivery(method=method))
        for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS")
    ],
    scenario("method/HEAD", "headers and no body, or it would stand before the next answer", delivery(method="HEAD")),
    scenario("method/lower-case", "methods compare exactly", delivery(method="post")),
    scenario(
        "method/HEAD-another-path", "no body either where the path is another", delivery(method="HEAD", target="/")
    ),
    scenario(
        "method/GET-unsigned", "the method comes before the headers", delivery(method="GET", headers=[]), path=None
    ),
]
