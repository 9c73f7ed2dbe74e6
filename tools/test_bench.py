"""The page of benchmarks: what makes it refuses a word that fails or judges its own figures wrongly, and the page that is
committed is one that it made."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import bench
from setup import ROOT

SECTION = """\
## A stack

In µs.

| body | ours | peer |
| --- | --- | --- |
| 1 KiB | 2.00 | 4.00 |

| aim | asked | reached |
| --- | --- | --- |
| a stack, 1 KiB, over its peer | ≥ 1.9× | 2.0× met |"""
FACTS = [("processor", "one of two"), ("load when it began", "0.1")]


class ThePage(unittest.TestCase):
    def test_it_has_each_section_and_gathers_their_aims(self):
        other = SECTION.replace("≥ 1.9× | 2.0× met", "< 1 MiB | 1.0 MiB missed").replace("a stack", "another")
        text = bench.page("2026-01-01", FACTS, {"bench-one": SECTION, "bench-other": other})
        head = text.partition("<!-- bench-one -->")[0]
        self.assertIn("| a stack, 1 KiB, over its peer | ≥ 1.9× | 2.0× met | `bench-one` |\n", head)
        self.assertIn("| another, 1 KiB, over its peer | < 1 MiB | 1.0 MiB missed | `bench-other` |\n", head)
        self.assertIn(f"- *another, 1 KiB, over its peer*: {bench.NOTHING_KNOWN}\n", head)
        self.assertIn(SECTION, text)

    def test_its_parts_make_it_again(self):
        missed = SECTION.replace("2.0× met", "1.0× missed")
        text = bench.page("2026-01-01", FACTS, {"bench-one": missed, "bench-none": "## Without an aim\n\nText."})
        self.assertEqual(bench.page(*bench.parts_of(text)), text)

    def test_an_aim_that_its_own_figure_belies_is_refused(self):
        for asked, reached in [
            ("≥ 1.9×", "1.8× met"),
            ("≥ 1.9×", "2.0× missed"),
            ("≤ 1.02×", "1.021× met"),
            ("< 100 kB", "100.1 kB met"),
            ("< 100 kB", "99 ms met"),
            ("as fast as can be", "1.0× met"),
            ("≥ 1.9×", "2.0×"),
        ]:
            with self.subTest(asked=asked, reached=reached), self.assertRaises(bench.Unusable):
                bench.aims_of("bench-one", SECTION.replace("≥ 1.9× | 2.0× met", f"{asked} | {reached}"))

    def test_a_table_of_aims_with_other_titles_is_not_passed_over(self):
        with self.assertRaises(bench.Unusable):
            bench.aims_of("bench-one", SECTION.replace("| aim | asked |", "| aim | wanted |"))

    def test_an_aim_that_its_own_figure_bears_out_is_taken(self):
        for asked, reached in [("≤ 1.02×", "1.020× missed"), ("< 100 kB", "99.9 kB met"), ("≤ 360 s", "1,023 s missed")]:
            with self.subTest(asked=asked, reached=reached):
                section = SECTION.replace("≥ 1.9× | 2.0× met", f"{asked} | {reached}")
                self.assertEqual(bench.aims_of("bench-one", section)[0][1:], (asked, reached))


class TheProgram(unittest.TestCase):
    """Run as make runs it, with words of a Makefile of the test's own."""

    def bench(self, recipes, *words):
        with tempfile.TemporaryDirectory() as folder:
            makefile = "".join(f"{word}:\n\t@{recipe}\n" for word, recipe in recipes.items())
            (Path(folder) / "Makefile").write_text(makefile)
            (Path(folder) / "section.md").write_text(SECTION)
            report = Path(folder) / "REPORT.md"
            report.write_text("as it was")
            run = f"import bench, pathlib; bench.ROOT = pathlib.Path({folder!r}); bench.main(['--report', {str(report)!r}, *{words!r}])"
            done = subprocess.run([sys.executable, "-c", run], cwd=ROOT / "tools", capture_output=True, text=True)
            return done, report.read_text()

    def test_what_set_up_prints_before_a_section_is_left_out(self):
        done, report = self.bench({"bench-one": "echo setup: making it; cat section.md"}, "bench-one")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"<!-- bench-one -->\n{SECTION}\n", report)
        self.assertNotIn("setup:", report)

    def test_a_word_that_fails_or_prints_no_section_leaves_the_report_as_it_was(self):
        for recipe, why in [
            ("cat section.md; exit 3", "make bench-bad failed"),
            ("echo 1.0 µs", "make bench-bad printed no section"),
            ("sed s/met/missed/ section.md", "make bench-bad calls this missed"),
        ]:
            with self.subTest(recipe):
                done, report = self.bench({"bench-good": "cat section.md", "bench-bad": recipe}, "bench-good", "bench-bad")
                self.assertEqual(done.returncode, 1)
                self.assertIn(why, done.stderr)
                self.assertEqual(report, "as it was")


if __name__ == "__main__":
    unittest.main()
