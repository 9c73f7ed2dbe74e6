//! Files that hold secrets: whole or not at all, and this user's alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::making::random_hex;

/// A new file beside the one that it will take the place of. Dropped before that, it is removed.
#[derive(Debug)]
pub(crate) struct Draft {
    place: PathBuf,
    path: PathBuf,
    file: File,
}

impl Draft {
    /// Makes it, which shows that it can be written. It is for this user alone (mode 600), unless it will take the place of
    /// a file that has other permissions: those it keeps.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(crate) fn beside(place: &Path) -> io::Result<Self> {
        // Of a link, what it points to is replaced, and not the link.
        let place = fs::canonicalize(place).unwrap_or_else(|_| place.to_path_buf());
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}", random_hex::<4>()));
        let path = place.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let draft = Self { place, path, file };
        if let Ok(known) = fs::metadata(&draft.place) {
            draft.file.set_permissions(known.permissions())?;
        }
        Ok(draft)
    }

    /// Fills it and puts it in its place, durably.
    ///
    /// # Errors
    ///
    /// The system's; what was in the place before is there still.
    pub(crate) fn put(mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_all()?;
        fs::rename(&self.path, &self.place)?;
        sync_folder(&self.place)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already where it took its place.
        let _ = fs::remove_file(&self.path);
    }
}

/// Without it, a machine that loses its power may come back with the old file.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
