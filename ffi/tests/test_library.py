"""The header, the libraries and the C programs over them, as `make install` puts them into build/prefix."""

import hashlib
import hmac
import json
import os
import re
import subprocess
import time
import unittest

import export
from building import BUILD, FFI, PREFIX, WARNINGS, compiled, pkg_config, run

HEADER = FFI / "include" / "overten_webhook.h"
RUST_TESTS = [FFI / "src" / "tests.rs", *(FFI / "src" / "tests").glob("*.rs")]
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
BODY = b'{"event":"run.completed","run_id":"run_01"}'


def functions_of_the_header():
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text("utf-8"), flags=re.S)
    return set(re.findall(r"\b(overten_\w+)\(", text))


class Header(unittest.TestCase):
    def test_a_fresh_one_is_equal(self):
        fresh = run("cargo", "run", "--quiet", "--locked", "-p", "overten-webhook-header", cwd=FFI)
        self.assertEqual(fresh, HEADER.read_text("utf-8"), "run `make generate`")

    def test_every_item_is_documented(self):
        lines = HEADER.read_text("utf-8").splitlines()
        item = re.compile(
            r"#define OVERTEN_(?!WEBHOOK_H)\w+|typedef [^}]*$|(overten_status|const char \*|void|bool|uint32_t) ?\*?overten_\w+\("
            r"|  (const )?\w+ \*?\w+(\[\d+\])?;"
        )
        items = [at for at, line in enumerate(lines) if item.match(line)]
        self.assertGreater(len(items), 150)
        for at in items:
            self.assertEqual(lines[at - 1].strip(), "*/", f"no comment above: {lines[at]}")

    def test_it_compiles_alone_as_c99_c11_and_cpp17(self):
        for compiler, language in [("gcc", "c"), ("clang", "c"), ("g++", "c++"), ("clang++", "c++")]:
            for standard in ["c99", "c11"] if language == "c" else ["c++17"]:
                with self.subTest(compiler=compiler, standard=standard):
                    source = "#include <overten_webhook.h>\noverten_options options = OVERTEN_OPTIONS_DEFAULT;\n"
                    command = [compiler, "-x", language, f"-std={standard}", *WARNINGS, "-fsyntax-only", "-I", HEADER.parent, "-"]
                    run(*command, input=source)

    def test_the_codes_are_those_of_the_vectors(self):
        defined = dict(re.findall(r"#define OVERTEN_(\w+) (\d+)$", HEADER.read_text("utf-8"), flags=re.M))
        codes = json.loads((export.VECTORS / "codes.json").read_text("utf-8"))["codes"]
        self.assertGreaterEqual(len(codes), 29)
        for code in codes:
            self.assertEqual(defined[code["code"].upper()], str(code["number"]), code)

    def test_every_function_is_called_by_a_test(self):
        called = "".join(path.read_text("utf-8") for path in (FFI / "tests").glob("*.[ch]"))
        called += "".join(path.read_text("utf-8") for path in RUST_TESTS)
        self.assertEqual({name for name in functions_of_the_header() if name not in called}, set())


def read_flat(path):
    """A file in one line, without the marks of comments, so that a sentence is found wherever its line ends."""
    return re.sub(r"\s+(?:(?:\*|///?)\s+)?", " ", path.read_text("utf-8"))


class Convention(unittest.TestCase):
    """The rules of README.md, each quoted where it is tested."""

    def test_every_rule_is_quoted_by_a_test_and_every_quotation_is_exact(self):
        readme = read_flat(FFI / "README.md").partition("## The convention")[2].partition("## The packed record")[0]
        rules = dict(re.findall(r"\*\*([\w ]+)\.\*\* (.*?)(?= \*\*[\w ]+\.\*\* |$)", readme))
        self.assertEqual(len(rules), 15)
        files = [*(FFI / "tests").glob("*.c"), *(FFI / "tests").glob("test_*.py"), *RUST_TESTS]
        quoted = [quotation for path in files for quotation in re.findall(r'README[:] "([^"]+)"', read_flat(path))]
        self.assertEqual([quotation for quotation in quoted if quotation not in readme], [])
        for name, rule in rules.items():
            self.assertTrue(any(quotation in rule for quotation in quoted), f"no test quotes the rule on {name}")

    def functions(self):
        text = re.sub(r"/\*.*?\*/", "", HEADER.read_text("utf-8"), flags=re.S)
        for name, parameters in re.findall(r"\b(overten_\w+)\(([^)]*)\);", text):
            yield name, [" ".join(parameter.split()) for parameter in parameters.split(",")]

    def test_objects_come_first_and_outputs_last(self):
        """README: "The object comes first, inputs next, outputs last." """
        for name, parameters in self.functions():
            names = [re.search(r"\w+$", parameter)[0] for parameter in parameters]
            outputs = [at for at, parameter in enumerate(names) if parameter.startswith("out_")]
            self.assertEqual(outputs, list(range(len(names) - len(outputs), len(names))), name)
            objects = [at for at, parameter in enumerate(parameters)
                       if re.search(r"overten_(verifier|delivery|event|verification|receiver|reception|report) \*(?!out_)\w", parameter)]
            self.assertEqual(objects, list(range(len(objects))), name)

    def tried(self, macro, argument):
        """Each function and the place at which `arguments.c` gives it that argument, alone of its kind, under that macro."""
        text = (FFI / "tests" / "arguments.c").read_text("utf-8")
        fields = dict(re.findall(r"#define (\w+)\(X\)((?:.*\\\n)*.*)", (FFI / "tests" / "fields.h").read_text("utf-8")))
        for array, functions in re.findall(r"\*const (\w+)\[\]\)[^{]*\{(.*?)\}", text, flags=re.S):
            functions += "".join(fields[kind] for kind in re.findall(r"(\w+)\(ACCESSOR\)", functions))
            for name in re.findall(r"overten_\w+", functions):
                lines = re.findall(rf".*\b{array}\[i\].*\n", text)
                text += "".join(line.replace(f"{array}[i]", name) for line in lines)
        text = re.sub(r"TEXT\([^()]*\)|\b(SIG|TIME|BODY|PATH)\b", "text, len", text)
        for name, given in re.findall(re.escape(macro) + r"\s*(overten_\w+)\(([^;]*)\)\);", text):
            yield name, [at for at, one in enumerate(given.split(",")) if re.fullmatch(argument, one.strip())]

    def test_each_pointer_is_tried_as_null_and_each_length_as_huge(self):
        """README: "One above `PTRDIFF_MAX` is `OVERTEN_INVALID_ARGUMENT`, before the pointer is looked at." """
        def may_be_null(name, at, parameter):
            pattern = r"(options|out_verdict|out_error)$" + ("|out_delivery$" if "_verify" in name else "") + ("|event$" if at > 0 else "")
            return re.search(pattern, parameter)

        null, huge = list(self.tried("NULL_IS_REFUSED(", "NULL")), list(self.tried("GIVES(OVERTEN_INVALID_ARGUMENT,", r"huge|HUGE_LENS\[i\]"))
        places = 0
        for name, parameters in self.functions():
            pointers = {at for at, one in enumerate(parameters) if "*" in one and not may_be_null(name, at, one)}
            lengths = {at for at, one in enumerate(parameters) if re.fullmatch(r"size_t \w+_(len|capacity)", one)}
            for wanted, made in ((set() if name.endswith("_free") else pointers, null), (lengths, huge)):
                places += len(wanted)
                alone = [wanted.intersection(given) for called, given in made if called == name]
                self.assertEqual({at for given in alone if len(given) == 1 for at in given}, wanted, name)
        self.assertGreater(places, 120)

    def test_a_length_stands_directly_behind_its_pointer(self):
        """README: "A length stands directly behind its pointer and ends in `_len`." """
        for name, parameters in self.functions():
            for before, parameter in zip(parameters, parameters[1:], strict=False):
                if re.fullmatch(r"size_t \w+_len", parameter):
                    self.assertRegex(before, r"\*" + parameter.split()[1].removesuffix("_len") + "$", name)
                elif re.search(r"const (char|void) \*\w+$", before):
                    self.fail(f"{name}: no length behind {before}")


class Libraries(unittest.TestCase):
    def exported(self, *command):
        return {line.split()[-1] for line in run(*command).splitlines() if len(line.split()) == 3}

    def test_they_export_the_header_and_nothing_else(self):
        static = self.exported("nm", "-g", "--defined-only", PREFIX / "lib" / "liboverten_webhook.a")
        shared = self.exported("nm", "-D", "-g", "--defined-only", PREFIX / "lib" / "liboverten_webhook.so")
        self.assertEqual(static, functions_of_the_header())
        self.assertEqual(shared, functions_of_the_header())

    def test_nothing_is_left_for_a_plugin_of_llvm_to_read_instead(self):
        """As Rust is where link-time optimisation is off: its own libraries carry bitcode, which `nm` and `ld` would take."""
        variant = BUILD / "without-lto"
        run("make", "-s", "install", f"BUILD={variant}", f"PREFIX={variant}/prefix", cwd=FFI,
            env=os.environ | {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_TARGET_DIR": str(variant / "target")})
        for library in (variant / "prefix/lib/liboverten_webhook.a", PREFIX / "lib" / "liboverten_webhook.a"):
            self.assertNotIn(".llvm", run("readelf", "-S", "-W", library))
            done = subprocess.run(["nm", "-g", "--defined-only", library], capture_output=True, text=True, check=True)
            self.assertEqual(done.stderr, "")
            self.assertEqual({line.split()[-1] for line in done.stdout.splitlines() if len(line.split()) == 3}, functions_of_the_header())

    def test_the_shared_one_carries_a_versioned_name(self):
        library = (PREFIX / "lib" / "liboverten_webhook.so").resolve()
        version = re.search(r'#define OVERTEN_VERSION "(.*)"', HEADER.read_text("utf-8"))[1]
        self.assertEqual(library.name, f"liboverten_webhook.so.{version}")
        major_minor = ".".join(version.split(".")[:2])
        self.assertIn(f"soname: [liboverten_webhook.so.{major_minor}]", run("readelf", "-d", library))

    def test_the_system_libraries_are_those_that_rustc_names(self):
        output = subprocess.run(
            ["cargo", "rustc", "--release", "--locked", "-p", "overten-webhook-ffi", "--lib", "--"]
            + ["--print", "native-static-libs"],
            cwd=FFI, capture_output=True, text=True, check=True, timeout=600,
            env=os.environ | {"CARGO_TARGET_DIR": str(BUILD / "libs")},
        ).stderr
        named = set(re.search(r"native-static-libs: (.*)", output)[1].split()) - {"-lgcc_s", "-lc"}
        listed = {word for word in pkg_config("overten_webhook_static") if word.startswith("-l")}
        self.assertEqual(listed, named)


class Linking(unittest.TestCase):
    def delivered(self, program, **environment):
        """What the quick start says of a delivery that was signed here, without the library."""
        now = str(int(time.time()))
        mac = hmac.new(SECRET.encode(), now.encode() + b"." + BODY, hashlib.sha256).hexdigest()
        environment = os.environ | {"OVERTEN_WEBHOOK_SECRETS": SECRET} | environment
        forged = subprocess.run([program, f"sha256={'0' * 64}", now], input=BODY, capture_output=True, env=environment)
        self.assertEqual(forged.returncode, 1)
        self.assertIn(b"signature_mismatch: ", forged.stderr)
        return run(program, f"sha256={mac}", now, input=BODY.decode(), env=environment)

    EXPECTED = "run run_01, key run.completed:run_01\n"

    def test_with_the_static_library_and_nothing_shared_of_ours(self):
        program = compiled(FFI / "examples" / "quickstart.c", "quickstart-static")
        self.assertNotIn("overten", run("ldd", program))
        self.assertEqual(self.delivered(program), self.EXPECTED)

    def test_static_libgcc_leaves_nothing_shared_but_the_c_library(self):
        program = compiled(FFI / "examples" / "quickstart.c", "quickstart-alone", flags=["-static-libgcc"])
        needed = re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", program))
        self.assertEqual([name for name in needed if not re.match(r"lib[cm]\.so|ld-linux", name)], [])
        self.assertEqual(self.delivered(program), self.EXPECTED)

    def test_for_musl_into_a_program_that_needs_nothing_shared_at_all(self):
        folder = BUILD / "musl"
        target = f"{os.uname().machine}-unknown-linux-musl"
        run("make", "-s", "install", f"BUILD={folder}", f"PREFIX={folder}/prefix", f"CARGO_BUILD_TARGET={target}",
            f"CARGO_TARGET_DIR={folder}/target", cwd=FFI)
        flags = run("pkg-config", "--cflags", "--libs", "overten_webhook_static",
                    env=os.environ | {"PKG_CONFIG_PATH": f"{folder}/prefix/lib/pkgconfig"}).split()
        program = folder / "quickstart"
        run("musl-gcc", "-static", *WARNINGS, FFI / "examples" / "quickstart.c", "-o", program, *flags)
        self.assertNotIn("NEEDED", run("readelf", "-d", program))
        self.assertEqual(self.delivered(program), self.EXPECTED)

    def test_with_the_shared_library(self):
        program = compiled(FFI / "examples" / "quickstart.c", "quickstart-shared", package="overten_webhook")
        path = {"LD_LIBRARY_PATH": str(PREFIX / "lib")}
        self.assertIn("liboverten_webhook.so.", run("ldd", program, env=os.environ | path))
        self.assertEqual(self.delivered(program, **path), self.EXPECTED)

    def test_from_cpp(self):
        source = BUILD / "quickstart.cpp"
        source.write_text((FFI / "examples" / "quickstart.c").read_text("utf-8"), "utf-8")
        program = BUILD / "quickstart-cpp"
        run("g++", "-std=c++17", *WARNINGS, source, "-o", program, *pkg_config("overten_webhook_static"))
        self.assertEqual(self.delivered(program), self.EXPECTED)

    def test_with_cmake_each_way(self):
        project = BUILD / "cmake"
        project.mkdir(exist_ok=True)
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(trial C)\n"
            "find_package(overten_webhook 0.1 REQUIRED)\n"
            "foreach(kind shared static)\n"
            f"  add_executable(quickstart-${{kind}} {FFI}/examples/quickstart.c)\n"
            "  target_link_libraries(quickstart-${kind} overten_webhook::${kind})\n"
            "endforeach()\n", "utf-8")
        run("cmake", "-S", project, "-B", project / "out", f"-DCMAKE_PREFIX_PATH={PREFIX}")
        run("cmake", "--build", project / "out")
        for kind in ("shared", "static"):
            self.assertEqual(self.delivered(project / "out" / f"quickstart-{kind}"), self.EXPECTED)

    def test_beside_another_rust_library(self):
        source = BUILD / "other.rs"
        source.write_text(
            '#[unsafe(no_mangle)] pub extern "C" fn other_len() -> usize {\n'
            '    std::panic::catch_unwind(|| vec![0_u8; 3].len()).unwrap_or(0)\n}\n', "utf-8")
        run("rustc", "--edition=2024", "--crate-type=staticlib", "-O", source, "-o", BUILD / "libother.a", cwd=FFI)
        main = BUILD / "both.c"
        main.write_text(
            "#include <overten_webhook.h>\n#include <stddef.h>\nsize_t other_len(void);\n"
            "int main(void) { return other_len() == 3 && overten_version_number() == OVERTEN_VERSION_NUMBER ? 0 : 1; }\n", "utf-8")
        run(compiled(main, "both", libs=[BUILD / "libother.a", "-ldl", "-lrt", "-lutil"]))

    def test_destdir_is_put_in_front_of_every_path(self):
        stage = BUILD / "stage"
        run("make", "-s", "install", "PREFIX=/opt/overten", f"DESTDIR={stage}", cwd=FFI)
        text = (stage / "opt/overten/lib/pkgconfig/overten_webhook_static.pc").read_text("utf-8")
        self.assertIn("prefix=/opt/overten\n", text)
        self.assertNotIn(str(stage), text)

    def test_the_quick_start_runs_as_the_readme_has_it(self):
        readme = (FFI / "README.md").read_text("utf-8")
        readme = readme.partition("## A whole receiver")[0]
        program, = re.findall(r"```c\n(.*?)```", readme, flags=re.S)
        self.assertEqual(program, (FFI / "examples" / "quickstart.c").read_text("utf-8"))
        install, compile_it = re.findall(r"^    (.*)$", readme.replace(program, ""), flags=re.M)
        folder, stage = BUILD / "readme", BUILD / "stage"
        folder.mkdir(exist_ok=True)
        (folder / "quickstart.c").write_text(program, "utf-8")
        run("sh", "-ec", install, cwd=FFI.parent, env=os.environ | {"DESTDIR": str(stage)})
        self.assertTrue((stage / "usr/local/include/overten_webhook.h").exists())
        paths = {"PKG_CONFIG_PATH": str(stage / "usr/local/lib/pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(stage)}
        run("sh", "-ec", compile_it, cwd=folder, env=os.environ | paths)
        self.assertEqual(self.delivered(folder / "quickstart"), self.EXPECTED)


    def test_the_explanation_is_what_the_readme_has(self):
        section = (FFI / "README.md").read_text("utf-8").partition("## Why a delivery does not verify")[2].partition("\n## ")[0]
        program, = re.findall(r"```c\n(.*?)```", section, flags=re.S)
        self.assertEqual(program, (FFI / "examples" / "explain.c").read_text("utf-8"))
        now = str(int(time.time()))
        mac = hmac.new(SECRET.encode(), now.encode() + b"." + BODY, hashlib.sha256).hexdigest()
        environment = os.environ | {"OVERTEN_WEBHOOK_SECRETS": f"subscription:{SECRET}"}
        explain = compiled(FFI / "examples" / "explain.c", "explain")
        said = run(explain, f"sha256={mac}", now, input=BODY.decode() + "\n", env=environment)
        printed = [line.partition("…")[0] for line in re.findall(r"^    (?! )(.+)$", section.replace(program, ""), flags=re.M)]
        self.assertEqual(len(printed), 4)
        self.assertEqual([line for line in printed if line not in said], [])

    def test_the_members_of_a_report_are_those_of_the_readme(self):
        section = (FFI / "README.md").read_text("utf-8").partition("gives the same as one JSON object")[2].partition("\n## ")[0]
        case = json.loads((export.VECTORS / "diagnose.json").read_text("utf-8"))["cases"][0]
        program = compiled(FFI / "tests" / "diagnose.c", "diagnose-members")
        report = json.loads(run(program, input="".join(f"{line}\n" for line in export.diagnoses({"cases": [case]}))))
        rows = dict(re.findall(r"^\| (`.*?) \| (.*) \|$", section, flags=re.M))
        self.assertEqual(re.findall(r"`(\w+)`", " ".join(rows)), list(report))
        self.assertEqual(re.findall(r"`(\w+)`", rows["`facts`"]), list(report["facts"]))
        self.assertEqual(re.findall(r"`(\w+)`", rows["`causes`"]), list(report["causes"][0]))
        last = re.search(r"facts' `secrets` has (.*)", section)[1]
        self.assertEqual(re.findall(r"`(\w+)`", last), list(report["facts"]["secrets"][0]))


class Programs(unittest.TestCase):
    """Each C program plain, under AddressSanitizer and UBSan, and under valgrind."""

    VALGRIND = ["valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=all"]
    SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]

    def each_way(self, source, given=""):
        path = FFI / "tests" / f"{source}.c"
        plain = compiled(path, source)
        outputs = [run(plain, input=given), run(*self.VALGRIND, plain, input=given)]
        for compiler in ("gcc", "clang"):
            checked = compiled(path, f"{source}-{compiler}-checked", compiler, self.SANITIZERS)
            outputs.append(run(checked, input=given))
        self.assertEqual(len(set(outputs)), 1, outputs)
        return outputs[0]

    def test_all_vectors_by_every_way_in(self):
        document = export.load()
        lines = "".join(f"{line}\n" for line in export.deliveries(document))
        self.assertEqual(self.each_way("vectors", lines), f"ran {document['count']}\n")
        self.assertEqual(len(document["cases"]), document["count"])

    def test_a_flipped_vector_fails(self):
        flipped = export.flipped(export.load())
        lines = "".join(f"{line}\n" for line in export.deliveries(flipped))
        done = subprocess.run([compiled(FFI / "tests" / "vectors.c", "vectors-canary")], input=lines, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn(flipped["cases"][0]["id"], done.stderr)

    def test_all_details(self):
        document = json.loads((export.VECTORS / "details.json").read_text("utf-8"))
        lines = list(export.details(document))
        self.assertEqual(len(lines), sum(len(part) for part in document.values() if isinstance(part, list)))
        self.assertEqual(self.each_way("details", "".join(f"{line}\n" for line in lines)), f"ran {len(lines)}\n")

    def diagnosed(self, document):
        """The cases of which a report says something else than their vector, and how many reports there are."""
        reports = [json.loads(line) for line in self.each_way("diagnose", "".join(f"{line}\n" for line in export.diagnoses(document))).splitlines()]
        wrong = []
        for case, report in zip(document["cases"], reports, strict=True):
            found = {name: report[name] for name in ("outcome", "code", "secret", "begins_as_signed_with", "answer")}
            found |= {name: [each[name[:-1]] for each in report[name]] for name in ("causes", "lacks", "suspicions")}
            if found != {"secret": None} | case["expect"]:
                wrong.append((case["id"], found))
        return wrong, len(reports)

    def test_all_diagnoses(self):
        document = json.loads((export.VECTORS / "diagnose.json").read_text("utf-8"))
        self.assertGreaterEqual(document["count"], 288)
        self.assertEqual(self.diagnosed(document), ([], document["count"]))

    def test_a_flipped_diagnosis_fails(self):
        document = json.loads((export.VECTORS / "diagnose.json").read_text("utf-8"))
        document["cases"] = document["cases"][:1]
        document["cases"][0]["expect"]["causes"] = ["json_escapes"]
        wrong, _ = self.diagnosed(document)
        self.assertEqual([name for name, _ in wrong], [document["cases"][0]["id"]])

    def test_every_argument_at_its_edges(self):
        self.each_way("arguments")

    def test_a_verdict_alone_allocates_nothing(self):
        run(compiled(FFI / "tests" / "allocations.c", "allocations"))

    def test_nothing_of_a_secret_is_left(self):
        program = compiled(FFI / "tests" / "secrets.c", "secrets", package="overten_webhook_static libcrypto")
        for case in ("signing", "refused", "verifier", "lines", "receiver", "diagnosis"):
            with self.subTest(case):
                run(program, case)

    def test_eight_threads_on_one_receiver(self):
        self.assertEqual(run(compiled(FFI / "tests" / "soak.c", "soak"), 8, 80000), "ran 80000\n")
        threaded = compiled(FFI / "tests" / "soak.c", "soak-threads", "gcc", ["-fsanitize=thread"])
        self.assertEqual(run(threaded, 8, 8000), "ran 8000\n")

    def test_nothing_leaks_over_100000_deliveries(self):
        soak = compiled(FFI / "tests" / "soak.c", "soak-leaks")
        self.assertEqual(run(*self.VALGRIND, soak, 1, 100000), "ran 100000\n")


if __name__ == "__main__":
    unittest.main()
