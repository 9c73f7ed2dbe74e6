"""Building C programs against what `make install` put into build/prefix."""

import os
import pathlib
import subprocess

FFI = pathlib.Path(__file__).resolve().parents[1]
BUILD = FFI / "build"
PREFIX = BUILD / "prefix"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]


def run(*command, **options):
    """Runs to the end; the output is text. A failure is the test's failure, with what was printed."""
    options.setdefault("timeout", 900)
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} gave {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def pkg_config(packages):
    """What pkg-config says of one package or several, in one text."""
    environment = os.environ | {"PKG_CONFIG_PATH": str(PREFIX / "lib" / "pkgconfig")}
    return run("pkg-config", "--cflags", "--libs", *packages.split(), env=environment).split()


def compiled(source, name, compiler="gcc", flags=(), package="overten_webhook_static", libs=()):
    program = BUILD / name
    flags = ["-std=gnu11", "-O1", "-g", *WARNINGS, *flags]
    run(compiler, *flags, source, "-o", program, *pkg_config(package), *libs, "-pthread", "-lm")
    return program
