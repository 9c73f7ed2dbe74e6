"""What `make generate` writes is committed, and is what it would write now."""

import unittest

import generate
from generate import GO_VECTORS, VECTORS
from setup import ROOT


class Generated(unittest.TestCase):
    def test_what_is_committed_is_what_make_generate_writes(self):
        stale = [path for path, text in generate.generated().items() if (ROOT / path).read_text("utf-8") != text]
        self.assertEqual(stale, [], "run `make generate`, and commit what it writes")

    def test_go_has_the_vectors_of_this_checkout(self):
        stale = [copy.name for copy in GO_VECTORS.iterdir() if copy.read_bytes() != (VECTORS / copy.name).read_bytes()]
        self.assertEqual(stale, [], "run `make generate`, and commit what it writes")


if __name__ == "__main__":
    unittest.main()
