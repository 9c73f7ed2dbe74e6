"""BENCHMARKS.md is what `make bench` made: of every bench word, and with figures that agree."""

import re
import unittest

import bench
from setup import ROOT

PAGE = (ROOT / "BENCHMARKS.md").read_text()
DATE, FACTS, SECTIONS = bench.parts_of(PAGE)


class Benchmarks(unittest.TestCase):
    def test_the_page_is_what_its_sections_make(self):
        self.assertEqual(bench.page(DATE, FACTS, SECTIONS), PAGE)

    def test_every_bench_word_has_a_section(self):
        words = re.search(r"^BENCHES := (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)[1].split()
        self.assertEqual(list(SECTIONS), words)

    def test_every_missed_aim_says_where_it_stops(self):
        self.assertNotIn(bench.NOTHING_KNOWN, PAGE)

    def test_what_the_core_reaches_is_what_its_table_says(self):
        section = SECTIONS["bench-core"]
        titles, *rows = [cells(line) for line in re.findall(r"^\| (?:body|\d+ \w+) \|.*$", section, flags=re.MULTILINE)]
        took = {(row[0], title): float(figure) for row in rows for title, figure in zip(titles, row) if title != "body"}
        aims = bench.aims_of("bench-core", section)
        self.assertTrue(aims)
        for name, _, reached in aims:
            with self.subTest(name):
                size, work = re.fullmatch(r"core, (.+): (.+), of SHA-256 alone", name).groups()
                ratio = took[size, work] / took[size, "SHA-256 alone"]
                # The table has three figures.
                self.assertAlmostEqual(float(reached.partition("×")[0]), ratio, delta=0.01 * ratio)


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


if __name__ == "__main__":
    unittest.main()
