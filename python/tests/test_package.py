"""What was installed and what would be uploaded: names, versions, docs, wheels."""

import ast
import doctest
import importlib
import inspect
import io
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from importlib.metadata import entry_points, metadata
from pathlib import Path

import pytest

import overten_webhook
from overten_webhook import _core
from support import ROOT

MODULES = ["overten_webhook", "overten_webhook.diagnosis", "overten_webhook.exceptions", "overten_webhook.testing"]
WHEELS = sorted(Path(os.environ.get("OVERTEN_WHEELS", "missing")).glob("*.whl"))
MUSL_WHEELS = [wheel for wheel in WHEELS if "musllinux" in wheel.name]
NO_WHEELS = "NO WHEELS: tools/run.py builds them and names their folder in OVERTEN_WHEELS"
WHEEL_TAGS = [
    "cp310-abi3-manylinux2014_aarch64.manylinux_2_17_aarch64",
    "cp310-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64",
    "cp310-abi3-musllinux_1_2_aarch64",
    "cp310-abi3-musllinux_1_2_x86_64",
    "cp314-cp314t-manylinux2014_aarch64.manylinux_2_17_aarch64",
    "cp314-cp314t-manylinux2014_x86_64.manylinux_2_17_x86_64",
]


def test_the_tests_run_against_the_installed_package() -> None:
    for module in (overten_webhook, _core):
        assert "site-packages" in Path(str(module.__file__)).parts


def test_every_version_is_one() -> None:
    workspace = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert workspace is not None
    assert overten_webhook.__version__ == _core.CORE_VERSION == metadata("overten-webhook")["Version"] == workspace[1]
    for crate in ("core", "python"):
        assert "\nversion.workspace = true\n" in (ROOT / crate / "Cargo.toml").read_text()


def test_module_says_what_is_installed() -> None:
    run = subprocess.run([sys.executable, "-m", "overten_webhook"], capture_output=True, text=True, check=True)
    version = overten_webhook.__version__
    assert run.stdout.startswith(f"overten-webhook {version} (core {version})")
    assert "help(overten_webhook)" in run.stdout
    for link in metadata("overten-webhook").get_all("Project-URL") or []:
        assert link.split(", ")[1] in run.stdout


def test_public_names_are_sorted_documented_and_the_only_ones() -> None:
    names = overten_webhook.__all__
    assert len(set(names)) == len(names)
    for name in names:
        value = getattr(overten_webhook, name)
        if inspect.isclass(value) or inspect.isroutine(value):
            assert inspect.getdoc(value), name
    found = {name for name, value in vars(overten_webhook).items() if not name.startswith("_")}
    extra = {name for name in found - set(names) if not inspect.ismodule(getattr(overten_webhook, name))}
    assert extra <= {"TYPE_CHECKING", "TypeAlias", "Literal"}


def test_every_member_of_the_compiled_classes_is_documented() -> None:
    for cls in (_core.Verifier, _core.Delivery, _core._Event):
        for name, member in vars(cls).items():
            assert name.startswith("__") or inspect.getdoc(member), f"{cls.__name__}.{name}"


def docstrings() -> dict[str, str]:
    """Give every docstring with an example in it, those of the compiled part included."""
    found: dict[str, str] = {}
    folder = Path(str(overten_webhook.__file__)).parent
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                module = ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")
                found[f"{module}:{getattr(node, 'name', 'module')}"] = ast.get_docstring(node) or ""
    for name in _core.__all__:
        value = getattr(_core, name)
        found[f"{_core.__name__}:{name}"] = inspect.getdoc(value) or ""
        for member in vars(value) if inspect.isclass(value) else ():
            found[f"{_core.__name__}:{name}.{member}"] = inspect.getdoc(getattr(value, member)) or ""
    return {name: text for name, text in found.items() if ">>>" in text}


@pytest.mark.parametrize("name", docstrings())
def test_examples_in_docstrings_run(name: str) -> None:
    module = importlib.import_module(name.partition(":")[0])
    example = doctest.DocTestParser().get_doctest(docstrings()[name], dict(vars(module)), name, None, None)
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example)
    assert result.failed == 0
    assert result.attempted > 0


def test_there_are_examples_where_users_look() -> None:
    for name in (
        "_core:Verifier",
        "_core:Verifier.verify",
        "_core:sign",
        "diagnosis:diagnose",
        "exceptions:WebhookError",
    ):
        assert f"overten_webhook.{name}" in docstrings()


def test_metadata_is_complete() -> None:
    about = metadata("overten-webhook")
    for field in (
        "Summary",
        "License-Expression",
        "License-File",
        "Requires-Python",
        "Keywords",
        "Description-Content-Type",
    ):
        assert about[field], field
    assert about["Requires-Python"] == ">=3.10"
    assert "Typing :: Typed" in (about.get_all("Classifier") or [])
    assert "redis" in (about.get_all("Provides-Extra") or [])
    assert not [need for need in about.get_all("Requires-Dist") or [] if "extra ==" not in need]
    assert "overten_webhook.testing" in {plugin.value for plugin in entry_points(group="pytest11")}


def test_nothing_is_imported_that_a_user_may_not_have() -> None:
    """Only the standard library comes along with a bare import."""
    script = "import sys, overten_webhook; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name for name in run.stdout.split() if not name.startswith(("_", "overten_webhook", "sitecustomize"))}
    assert loaded <= sys.stdlib_module_names
    # What only some need is imported when they do: an import costs milliseconds, and some builds of Python lack SQLite.
    assert not loaded & {"asyncio", "decimal", "http", "socket", "sqlite3", "ssl"}


@pytest.mark.skipif(not WHEELS, reason=NO_WHEELS)
def test_there_is_a_wheel_for_everybody() -> None:
    version = overten_webhook.__version__
    assert [wheel.name for wheel in WHEELS] == [f"overten_webhook-{version}-{tag}.whl" for tag in WHEEL_TAGS]


@pytest.mark.skipif(not WHEELS, reason=NO_WHEELS)
@pytest.mark.parametrize("wheel", WHEELS, ids=lambda wheel: wheel.name)
def test_each_wheel_is_whole(wheel: Path) -> None:
    """K10-10."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        about = next(name for name in names if name.endswith(".dist-info/METADATA"))
        described = HeaderParser().parsestr(archive.read(about).decode())
        wanted = {path.relative_to(ROOT / "python" / "pysrc").as_posix() for path in sources()}
        assert wanted <= set(names)
        assert not [name for name in names if str(ROOT).encode() in archive.read(name)], "knows where it was built"
        extensions = [name for name in names if name.endswith(".so")]
        machine = int.from_bytes(archive.read(extensions[0])[18:20], "little")
    assert len(extensions) == 1
    assert {"overten_webhook/py.typed", "overten_webhook/_core.pyi"} <= set(names)
    assert described["Version"] == overten_webhook.__version__
    assert [name for name in names if name.endswith("licenses/LICENSE")]
    assert machine == {"x86_64": 62, "aarch64": 183}["x86_64" if wheel.stem.endswith("x86_64") else "aarch64"]


def sources() -> list[Path]:
    return [path for path in (ROOT / "python" / "pysrc").rglob("*") if path.suffix in {".py", ".pyi", ".typed"}]


@pytest.mark.skipif(not WHEELS, reason=NO_WHEELS)
@pytest.mark.parametrize("wheel", MUSL_WHEELS, ids=lambda wheel: wheel.name)
def test_a_wheel_for_musl_needs_nothing_but_its_libc(wheel: Path) -> None:
    """Issue 11, 33: on Alpine pip found nothing."""
    from elftools.elf.elffile import ELFFile

    with zipfile.ZipFile(wheel) as archive:
        (extension,) = [name for name in archive.namelist() if name.endswith(".so")]
        elf = ELFFile(io.BytesIO(archive.read(extension)))
        needed = [tag.needed for tag in elf.get_section_by_name(".dynamic").iter_tags("DT_NEEDED")]
        glibc = elf.get_section_by_name(".gnu.version_r")
    assert needed == ["libc.so"]
    assert glibc is None


@pytest.mark.skipif(not WHEELS, reason=NO_WHEELS)
@pytest.mark.parametrize("wheel", [it for it in WHEELS if it not in MUSL_WHEELS], ids=lambda wheel: wheel.name)
def test_each_wheel_runs_on_any_linux_since_2014(wheel: Path) -> None:
    command = [sys.executable, "-m", "auditwheel", "show", str(wheel)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    policy = re.search(r'platform\s+tag:\s+"manylinux_2_(\d+)_', " ".join(run.stdout.split()))
    assert policy is not None, run.stdout
    assert int(policy[1]) <= 17


@pytest.mark.skipif(not WHEELS, reason=NO_WHEELS)
def test_the_source_distribution_builds_what_is_installed(tmp_path: Path) -> None:
    (archive,) = WHEELS[0].parent.glob("*.tar.gz")
    with tarfile.open(archive) as sources_archive:
        names = {name.partition("/")[2] for name in sources_archive.getnames()}
    assert {"PKG-INFO", "Cargo.lock", "LICENSE", "README.md", "core/src/lib.rs", "python/src/lib.rs"} <= names
    assert not [name for name in names if name.startswith("target/") or "__pycache__" in name]
    # pip unpacks it where no rust-toolchain.toml says which Rust to take, and a machine need not have a default one.
    (toolchain,) = re.findall(r'channel = "(.+)"', (ROOT / "rust-toolchain.toml").read_text())
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(ROOT / "target" / "python-sdist"),
        "RUSTUP_TOOLCHAIN": toolchain,
    }
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(tmp_path), str(archive)], env=environment, check=True)
    (built,) = tmp_path.glob("*.whl")
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(tmp_path / "to"),
    ]
    subprocess.run([*install, str(built)], check=True)
    script = "import overten_webhook; print(overten_webhook.__file__, overten_webhook.__version__)"
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "to")}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [str(tmp_path / "to/overten_webhook/__init__.py"), overten_webhook.__version__]


@pytest.mark.parametrize("name", MODULES)
def test_modules_list_what_they_export(name: str) -> None:
    module = importlib.import_module(name)
    assert all(hasattr(module, public) for public in module.__all__)
