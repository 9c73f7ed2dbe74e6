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
    /// a file that has other permissions, or belongs to another: those it keeps.
    ///
    /// # Errors
    ///
    /// The system's; and that this user may not give a file to the owner and the group of the one in the place.
    pub(crate) fn beside(place: &Path) -> io::Result<Self> {
        let place = real(place);
        let path = with_suffix(&place, &random_hex::<4>());
        let file = private().create_new(true).open(&path)?;
        let draft = Self { place, path, file };
        if let Ok(known) = fs::metadata(&draft.place) {
            // Before the permissions, some of which end with a change of owner.
            #[cfg(unix)]
            keep_owner(&draft.file, &known)?;
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

/// Keeps other runs of this program away from a file that they would read, and write anew from what they read. Dropped, it
/// lets them in; so does the end of the program, whatever ends it.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Waits for it: for what takes a moment.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(crate) fn wait(place: &Path) -> io::Result<Self> {
        loop {
            if let Some(lock) = Self::taken(place, File::lock)? {
                return Ok(lock);
            }
        }
    }

    /// `None` where another run holds it.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(crate) fn attempt(place: &Path) -> io::Result<Option<Self>> {
        loop {
            let taken = Self::taken(place, |file| file.try_lock().map_err(io::Error::from));
            match taken {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Ok(None) => {}
                taken => return taken,
            }
        }
    }

    /// `None` where whoever held it has removed the file meanwhile: a lock on that keeps nobody away.
    fn taken(place: &Path, lock: impl Fn(&File) -> io::Result<()>) -> io::Result<Option<Self>> {
        let path = with_suffix(&real(place), "lock");
        let file = private().create(true).truncate(false).open(&path)?;
        lock(&file)?;
        // Not made before it is known: dropped, it would remove another's file.
        match is_at(&file, &path)? {
            true => Ok(Some(Self { path, _file: file })),
            false => Ok(None),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is held still, so that nobody else's is removed.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether it is this very file that has the name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let held = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (held.dev(), held.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// It always is: such a file is not removed there.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Whoever reads the file in the place must be able to read the one that takes it.
#[cfg(unix)]
fn keep_owner(file: &File, known: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let made = file.metadata()?;
    if (made.uid(), made.gid()) == (known.uid(), known.gid()) {
        return Ok(());
    }
    fchown(file, Some(known.uid()), Some(known.gid())).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!(
                "it belongs to user {} and group {}, who would lose it ({error}); run this as that user",
                known.uid(),
                known.gid()
            ),
        )
    })
}

/// Of a link, what it points to is meant, and not the link.
fn real(place: &Path) -> PathBuf {
    fs::canonicalize(place).unwrap_or_else(|_| place.to_path_buf())
}

fn with_suffix(place: &Path, suffix: &str) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{suffix}"));
    place.with_file_name(name)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
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
