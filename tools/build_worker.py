#!/usr/bin/env python3
"""Build one Worker crate into its folder's build/, and hold it to its size budget.

    python3 tools/build_worker.py wasm/worker

wrangler runs this too (`build.command`), so that what is deployed is what was tested. Nothing is downloaded: every
program worker-build wants is one that tools/setup.py installed.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import setup

PROFILE = "wasm"
NPM_BIN = setup.ROOT / "node_modules/.bin"
# rustc's defaults for wasm32-unknown-unknown and what wasm-bindgen adds. Named one by one, so that wasm-opt never
# writes an encoding that workerd does not know yet.
WASM_FEATURES = [
    "mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory", "multivalue", "reference-types",
    "exception-handling",
]  # fmt: skip


def main(folder):
    crate = Path(folder).resolve()
    setup.main(["wasm", "node"])
    with setup.locked(f"build-{hashlib.sha256(str(crate).encode()).hexdigest()[:12]}"):
        compiled = compile_crate(crate)
        stamp = crate / "build/.overten-sha256"
        wanted = fingerprint(compiled)
        if not stamp.exists() or stamp.read_text() != wanted:
            package(crate)
            stamp.write_text(wanted)
    check_size(crate)


def compile_crate(crate):
    """cargo alone knows whether anything changed: let it look, and take its word."""
    command = [
        "cargo", "build", "--locked", "--lib", "--profile", PROFILE, "--target", "wasm32-unknown-unknown",
        "--message-format", "json-render-diagnostics",
    ]  # fmt: skip
    # As worker-build itself sets it; another value would make it compile everything again.
    environment = os.environ | {"WASM_BINDGEN_USE_JS_SYS": "1"}
    done = subprocess.run(command, cwd=crate, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"build: cargo could not compile {crate.name}, its output is above")
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    files = [name for message in messages if message["reason"] == "compiler-artifact" for name in message["filenames"]]
    return Path(next(name for name in reversed(files) if name.endswith(".wasm")))


def package(crate):
    """worker-build into a folder of its own, shrink, then put it in place in one step."""
    setup.progress(f"packaging {crate.name}")
    fresh = crate / "build.new"
    shutil.rmtree(fresh, ignore_errors=True)
    environment = os.environ | {
        "WASM_BINDGEN_BIN": str(setup.cargo_tool("wasm-bindgen-cli")),
        "ESBUILD_BIN": str(NPM_BIN / "esbuild"),
        "PATH": f"{NPM_BIN}{os.pathsep}{os.environ['PATH']}",
    }
    build = [setup.cargo_tool("worker-build"), "--profile", PROFILE, "--out-dir", fresh.name, "--no-opt"]
    quietly(build, crate, environment)
    shrink(fresh / "index_bg.wasm", environment)
    old = crate / "build.old"
    shutil.rmtree(old, ignore_errors=True)
    if (crate / "build").exists():
        (crate / "build").rename(old)
    fresh.rename(crate / "build")
    shutil.rmtree(old, ignore_errors=True)


def shrink(wasm, environment):
    """Optimise for size. Without --debuginfo wasm-opt drops the function names, a fifth of what is sent.

    A function that is called once stays one: merged into its caller it saves raw bytes, but compresses worse.
    """
    features = [f"--enable-{feature}" for feature in WASM_FEATURES]
    options = ["-Oz", "--one-caller-inline-max-function-size=0", "--converge", *features, "--strip-debug"]
    quietly([NPM_BIN / "wasm-opt", *options, wasm, "-o", wasm], wasm.parent, environment)


def check_size(crate):
    """size.json holds the most that the built wasm may weigh; a crate without one has no budget."""
    budget_file = crate / "size.json"
    if not budget_file.exists():
        return
    budget = json.loads(budget_file.read_text())
    sizes = sizes_of((crate / "build/index_bg.wasm").read_bytes())
    shown = ", ".join(f"{sizes[name]:,} of {budget[name]:,} {name.replace('_', ' ')}" for name in sizes)
    print(f"build: {crate.name} weighs {shown}", flush=True)
    over = [name for name in sizes if sizes[name] > budget[name]]
    if over:
        sys.exit(f"build: over the budget of {budget_file.name} in {', '.join(over)}: shrink it, or raise it and say why")


def sizes_of(wasm):
    return {"raw_bytes": len(wasm), "gzip_bytes": len(gzip.compress(wasm, compresslevel=9, mtime=0))}


def fingerprint(compiled):
    """What the packaged folder was made from: the compiled wasm, the tools' versions and this file."""
    parts = [compiled.read_bytes(), Path(__file__).read_bytes()]
    parts += [(setup.ROOT / name).read_bytes() for name in ("tools/versions.json", "package-lock.json")]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def quietly(command, folder, environment):
    """Show a program's output only where it fails."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"build: {Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tools/build_worker.py FOLDER")
    main(sys.argv[1])
