"""Versions that stand in two files must agree, since each tool reads its own."""

import json
import re
import unittest

from setup import ROOT, VERSIONS, version_tuple


def locked_crates():
    lock = (ROOT / "Cargo.lock").read_text()
    return dict(re.findall(r'^name = "(.+)"\nversion = "(.+)"$', lock, flags=re.MULTILINE))


class Versions(unittest.TestCase):
    def test_wasm_bindgen_is_the_one_that_the_packaging_program_understands(self):
        crates = locked_crates()
        self.assertEqual(crates["wasm-bindgen"], crates["wasm-bindgen-cli-support"])

    def test_one_linker_makes_the_wheels_and_the_command_line(self):
        of_wheels, of_command_line = [
            re.findall(r"^ziglang==.+$", (ROOT / path).read_text(), flags=re.MULTILINE)
            for path in ("python/requirements-dev.txt", "cli/requirements-build.txt")
        ]
        self.assertEqual(of_wheels, of_command_line)
        self.assertEqual(len(of_wheels), 1)

    def test_npm_packages_are_pinned_exactly(self):
        package = json.loads((ROOT / "package.json").read_text())
        pins = package["devDependencies"] | package["optionalDependencies"]
        loose = {name: pin for name, pin in pins.items() if not pin[0].isdigit() or " " in pin}
        self.assertEqual(loose, {})

    def test_node_minimum_is_what_wrangler_asks_for(self):
        wrangler = json.loads((ROOT / "package-lock.json").read_text())["packages"]["node_modules/wrangler"]
        self.assertEqual(wrangler["engines"]["node"], f">={VERSIONS['node_minimum']}")

    def test_miniflare_and_esbuild_are_the_ones_wrangler_runs(self):
        package = json.loads((ROOT / "package.json").read_text())["devDependencies"]
        wrangler = json.loads((ROOT / "package-lock.json").read_text())["packages"]["node_modules/wrangler"]
        for name in ("miniflare", "esbuild"):
            self.assertEqual(package[name], wrangler["dependencies"][name], name)

    def test_node_that_npm_brings_is_recent_enough(self):
        package = json.loads((ROOT / "package.json").read_text())["optionalDependencies"]
        self.assertEqual(len(set(package.values())), 1)
        for pin in package.values():
            self.assertGreaterEqual(version_tuple(pin), version_tuple(VERSIONS["node_minimum"]))


if __name__ == "__main__":
    unittest.main()
