//! A folder's `build/`: made beside it, and put in place in one step.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::saying::saying;
use crate::{ROOT, name_of};

const STAMP: &str = ".inputs";

/// Held until it is dropped: two runs on one folder wait for one another.
pub(crate) fn lock(folder: &Path) -> Result<File> {
    let mut name = DefaultHasher::new();
    folder.hash(&mut name);
    let path = std::env::temp_dir().join(format!("overten-bundle-{:016x}.lock", name.finish()));
    let lock = File::create(&path).with_context(|| format!("{} cannot be made", path.display()))?;
    lock.lock()?;
    Ok(lock)
}

/// What a build is made from: the compiled wasm, this program, and the npm packages' versions.
pub(crate) fn fingerprint(wasm: &[u8]) -> Result<u64> {
    let mut inputs = DefaultHasher::new();
    wasm.hash(&mut inputs);
    fs::read(std::env::current_exe()?)?.hash(&mut inputs);
    fs::read(Path::new(ROOT).join("package-lock.json"))?.hash(&mut inputs);
    Ok(inputs.finish())
}

pub(crate) fn is_fresh(folder: &Path, inputs: u64) -> bool {
    let stamp = fs::read_to_string(folder.join("build").join(STAMP));
    stamp.is_ok_and(|stamp| stamp == inputs.to_string())
}

/// Fills a fresh folder, then has it take the place of `build/`.
pub(crate) fn replace(
    folder: &Path,
    inputs: u64,
    fill: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let [build, fresh, old] = ["build", "build.new", "build.old"].map(|name| folder.join(name));
    for leftover in [&fresh, &old] {
        if leftover.exists() {
            fs::remove_dir_all(leftover)?;
        }
    }
    fs::create_dir(&fresh)?;
    saying(|| format!("packaging {}", name_of(folder)), || fill(&fresh))?;
    fs::write(fresh.join(STAMP), inputs.to_string())?;
    if build.exists() {
        fs::rename(&build, &old)?;
    }
    fs::rename(&fresh, &build)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(())
}
