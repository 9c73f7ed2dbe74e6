//! Of a secret no byte is left in the memory of a process that has taken it, as a release build of a service has it.

#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Fewer bytes than this in a row say little.
const WIDTH: usize = 24;

#[test]
fn nothing_of_a_secret_stays_on_the_stack_or_heap() {
    let program = built();
    for way in ["one", "eight", "lines", "signing", "refused"] {
        assert_eq!(copies_in(&program, way), 0, "{way}");
    }
}

/// The program in a package of its own, built as a user's: optimised, across crates.
fn built() -> PathBuf {
    let core = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("memory");
    fs::create_dir_all(&package).unwrap();
    fs::copy(core.join("../Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let manifest = format!(
        "[package]\nname = \"memory\"\nedition = \"2024\"\n[workspace]\n[profile.release]\nlto = \"fat\"\ncodegen-units = 1\n\
         [[bin]]\nname = \"memory\"\npath = {:?}\n[dependencies]\noverten-webhook.path = {core:?}\n",
        core.join("tests/memory/program.rs")
    );
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    let cargo = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--offline"])
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(&package)
        .status();
    assert!(cargo.unwrap().success());
    package.join("target/release/memory")
}

/// How many places in the program's memory hold the first secret, or a block that HMAC makes of it.
fn copies_in(program: &Path, way: &str) -> usize {
    let mut child = Command::new(program)
        .arg(way)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut said).unwrap();
    assert_eq!(said, "ready\n");

    let secret: Vec<u8> = (0..64).map(|at| b'A' + at % 26 * 7 % 26).collect();
    let wanted = [0, 0x36, 0x5c].map(|pad| -> Vec<u8> {
        let start = secret.iter().take(WIDTH);
        start.map(|byte| byte ^ pad).collect()
    });
    let count = |memory: Vec<u8>| {
        let windows = memory.windows(WIDTH);
        windows
            .filter(|it| wanted.iter().any(|one| one == it))
            .count()
    };
    let found = memory_of(child.id()).map(count).sum();
    child.stdin.take().unwrap().write_all(b".").unwrap();
    assert!(child.wait().unwrap().success());
    found
}

/// All that the process can write to.
fn memory_of(process: u32) -> impl Iterator<Item = Vec<u8>> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let ranges: Vec<_> = maps
        .lines()
        .filter(|line| line.contains(" rw"))
        .map(|line| {
            let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let address = |text| u64::from_str_radix(text, 16).unwrap();
            (address(from), address(to))
        })
        .collect();
    ranges.into_iter().map(move |(from, to)| {
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        memory.read_exact_at(&mut bytes, from).unwrap();
        bytes
    })
}
