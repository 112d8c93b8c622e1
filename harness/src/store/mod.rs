//! The store of runtimes: exact versions, a folder each, in a folder of the user's.
//!
//! It knows nothing of how runtimes are run or probed. Whatever is in an entry's place is complete:
//! it is put there by one rename, under a lock, and taken away by one. What happens before and after
//! is done in a folder whose name and lock say that it is nobody else's, and which the next one
//! removes if its owner is gone.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::{env, path};

use tempfile::TempDir;

mod entry;
mod error;
mod install;
mod npm;
mod packages;
mod spec;

pub use entry::{Damage, Entry, Note};
pub use error::StoreError;
pub use install::{Installed, Stage};
pub use packages::{Libc, PACKAGES, Package, Platform};
pub use spec::{Build, Spec, SpecError, Versions};

/// What the names of folders begin with in which somebody works.
const WORK: &str = "work-";
/// The file that is locked, in a folder in which somebody works and in the store itself.
const LOCK: &str = "lock";

/// A store. Its folder need not be there before something is put into it.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// A folder in which somebody works. Dropping it removes it; the lock goes with the process.
struct Work {
    // Closed first: some systems do not remove what is open.
    _lock: File,
    folder: TempDir,
}

impl Store {
    /// The user's store: in `SAMEBYTES_STORE`, or else in the user's cache.
    ///
    /// # Errors
    ///
    /// If the environment names no folder.
    pub fn of_user() -> Result<Self, StoreError> {
        let named = env::var_os("SAMEBYTES_STORE").filter(|name| !name.is_empty()).map(PathBuf::from);
        let usual = || crate::machine::cache_folder().map(|cache| cache.join("runtimes"));
        let folder = named.or_else(usual).ok_or(StoreError::NoFolder)?;
        Self::at(&folder)
    }

    /// The store in a folder.
    ///
    /// # Errors
    ///
    /// If a relative path leads nowhere, since there is no current folder.
    pub fn at(folder: &Path) -> Result<Self, StoreError> {
        let absolute = path::absolute(folder);
        Ok(Self { folder: absolute.map_err(|error| StoreError::of_folder(folder, error))? })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is in it, damaged or not, by name and version.
    ///
    /// # Errors
    ///
    /// If its folder cannot be read; one that is not there is empty.
    pub fn entries(&self) -> Result<Vec<Entry>, StoreError> {
        let list = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            list => list.map_err(|error| self.error(error))?,
        };
        let mut entries = Vec::new();
        for entry in list {
            entries.extend(Entry::of_folder(entry.map_err(|error| self.error(error))?.path()));
        }
        entries.sort_by(|a, b| (a.build, &a.version).cmp(&(b.build, &b.version)));
        Ok(entries)
    }

    /// The highest version that is meant, damaged or not. npm is not asked.
    ///
    /// # Errors
    ///
    /// If the store's folder cannot be read.
    pub fn find(&self, spec: &Spec) -> Result<Option<Entry>, StoreError> {
        let meant = |entry: &Entry| entry.build == spec.build && spec.matches(&entry.version);
        Ok(self.entries()?.into_iter().rfind(meant))
    }

    /// Removes an entry.
    ///
    /// # Errors
    ///
    /// If it cannot be moved away, being used or not the user's. One that is not there is no error.
    pub fn remove(&self, entry: &Entry) -> Result<(), StoreError> {
        let work = self.work()?;
        match fs::rename(entry.folder(), work.folder.path().join("removed")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.error(error)),
            _ => Ok(()),
        }
    }

    /// A fresh folder to work in. What others have left behind who are gone is removed on the way.
    fn work(&self) -> Result<Work, StoreError> {
        fs::create_dir_all(&self.folder).map_err(|error| self.error(error))?;
        let _locked = self.lock()?;
        self.clear();
        let folder = tempfile::Builder::new().prefix(WORK).tempdir_in(&self.folder);
        let folder = folder.map_err(|error| self.error(error))?;
        let lock = lock_file(folder.path()).map_err(|error| self.error(error))?;
        // A file system without locks is no reason not to work: nothing is cleared there.
        let _ = lock.try_lock();
        Ok(Work { _lock: lock, folder })
    }

    /// Waits until nobody else changes what is where. It is held for moments only.
    fn lock(&self) -> Result<File, StoreError> {
        let lock = lock_file(&self.folder).map_err(|error| self.error(error))?;
        match lock.lock() {
            Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(self.error(error)),
            _ => Ok(lock),
        }
    }

    /// Removes folders whose owners are gone: nobody holds their locks. A folder is made and locked
    /// while the store is locked, so none is without a lock for long.
    fn clear(&self) {
        let names = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in names.filter(|entry| entry.file_name().to_string_lossy().starts_with(WORK)) {
            let lock = OpenOptions::new().write(true).open(entry.path().join(LOCK));
            let is_left = match lock {
                Ok(lock) => lock.try_lock().is_ok(),
                Err(error) => error.kind() == io::ErrorKind::NotFound,
            };
            if is_left {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    fn error(&self, source: io::Error) -> StoreError {
        StoreError::of_folder(&self.folder, source)
    }
}

fn lock_file(folder: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(LOCK))
}
