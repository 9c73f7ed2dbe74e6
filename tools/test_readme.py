"""README.md is held to what it describes: every command and snippet is run as far as that goes here, every table is
compared with what it lists, every link leads somewhere. A block in a language that nothing here checks is a failure."""

import json
import os
import re
import shlex
import subprocess
import unittest

from setup import ROOT

README = (ROOT / "README.md").read_text()
CORE_README = (ROOT / "core/README.md").read_text()
NPM_BIN = ROOT / "node_modules/.bin"
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", flags=re.MULTILINE | re.DOTALL)


def blocks():
    """Each fenced block, the core's included, as (language, text), its indentation taken off."""
    for indent, language, text in BLOCK.findall(README + CORE_README):
        yield language, re.sub(f"^{indent}", "", text, flags=re.MULTILINE)


def table(name):
    """The rows of the table behind the comment of that name, each a list of its cells, backquotes taken off."""
    lines = README.split(f"<!-- table: {name} -->\n", 1)[1].split("\n\n", 1)[0].splitlines()
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


def wrangler(*arguments):
    environment = os.environ | {"PATH": f"{NPM_BIN}{os.pathsep}{os.environ['PATH']}", "CI": "1", "NO_COLOR": "1"}
    command = [NPM_BIN / "wrangler", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


class Blocks(unittest.TestCase):
    def test_each_block_holds_in_the_way_of_its_language(self):
        checks = {"sh": self.check_commands, "toml": self.check_dependency, "rust": self.check_doc_test}
        seen = 0
        for language, text in blocks():
            with self.subTest(language=language, text=text):
                self.assertIn(language, checks, "nothing runs a block of this language")
                checks[language](text)
                seen += 1
        self.assertGreater(seen, 5)

    def check_commands(self, text):
        for line in text.splitlines():
            words = shlex.split(line, comments=True)
            if words[0] == "make":
                self.assertRegex((ROOT / "Makefile").read_text(), rf"(?m)^{words[1]}:", line)
            elif words[:2] == ["npx", "wrangler"]:
                self.check_wrangler(words[2:])
            elif words[0] == "overten-webhook":
                # The tests of cli/ have the program take its arguments apart.
                self.assertTrue((ROOT / f"cli/src/command/{words[1]}.rs").exists(), line)
            else:
                self.fail(f"nothing checks this command: {line}")

    def check_wrangler(self, words):
        """Without an account: the words and flags are ones wrangler knows, what they name is here, and it deploys dry."""
        shown = wrangler(*words, "--help")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        for flag in (word for word in words if word.startswith("--")):
            self.assertIn(flag, shown.stdout + shown.stderr)
        for config in (word for word in words if word.endswith(".toml")):
            self.assertTrue((ROOT / config).exists(), config)
        configurations = "".join(path.read_text() for path in ROOT.glob("wasm/*/wrangler.toml"))
        named = {"queues": words[2:3], "tail": words[1:2]}.get(words[0], [])
        for name in named:
            self.assertIn(f'"{name}"', configurations)
        if words[:2] == ["secret", "put"]:
            self.assertIn(f'"{words[2]}"', read_by(ROOT / words[words.index("--config") + 1]))
        if words[0] == "deploy":
            done = wrangler(*words, "--dry-run")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def check_dependency(self, text):
        name, path = re.fullmatch(r'([\w-]+) = \{ path = "([^"]+)"(?:, features = \["\w+"\])? \}\n', text).groups()
        self.assertIn(f'name = "{name}"', (ROOT / path / "Cargo.toml").read_text())

    def check_doc_test(self, text):
        """Rust is run by the core's doc tests, which take in that README whole."""
        self.assertIn(text, CORE_README)
        taken_in = '#![cfg_attr(feature = "alloc", doc = include_str!("../README.md"))]\n'
        self.assertIn(taken_in, (ROOT / "core/src/lib.rs").read_text())


class Tables(unittest.TestCase):
    def test_answers_are_those_of_the_catalogue(self):
        catalogue = json.loads((ROOT / "tests/vectors/codes.json").read_text())["codes"]
        wanted = {
            (entry["code"], str(entry["status"]), "yes" if entry["retryable"] else "no")
            for entry in catalogue
            if entry["reply"] is not None
        }
        self.assertEqual({tuple(row[:3]) for row in table("answers")}, wanted)

    def test_settings_are_those_the_worker_reads(self):
        self.assertEqual({row[0] for row in table("settings")}, settings())


class Links(unittest.TestCase):
    def test_each_leads_somewhere(self):
        titles = re.findall(r"^#+ (.+)$", README, flags=re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
        links = re.findall(r"\]\(([^)\s]+)\)", README)
        self.assertTrue(links)
        for link in links:
            if link.startswith("#"):
                self.assertIn(link[1:], anchors)
            elif "://" not in link:
                self.assertTrue((ROOT / link).exists(), link)


def read_by(config):
    """The source of the Worker that a configuration is of, which names each of its variables."""
    return "".join(path.read_text() for path in (config.parent / "src").rglob("*.rs"))


def settings():
    """The names of the variables that the Worker reads."""
    source = (ROOT / "wasm/worker/src/receiver/settings.rs").read_text()
    return set(re.findall(r'"([A-Z][A-Z_]+)"', source))


if __name__ == "__main__":
    unittest.main()
