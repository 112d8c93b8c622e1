//! Puts the embedded runner where a JavaScript runtime can read it: once per content, in a folder
//! of the user's, so that two harnesses at once, of whatever versions, do not disturb each other.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

use crate::bundle;
use crate::machine::cache_folder;
use crate::value::hex;

/// The runner's entry file within its folder.
const ENTRY: &str = "main.js";

/// The runner cannot be put anywhere.
#[derive(Debug, thiserror::Error)]
pub enum MaterialiseError {
    /// This build carries no runner.
    #[error("this build of samebytes carries no runner for JavaScript runtimes")]
    Absent,
    /// No folder could be written.
    #[error("cannot write the runner's files to {folder}: {source}; set XDG_CACHE_HOME to a writable folder")]
    Unwritable {
        /// The last folder that was tried.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The path of the runner's entry file, its folder being written first where that is needed.
///
/// # Errors
///
/// If the build carries no runner, or neither the user's cache nor the temporary folder can be
/// written.
pub fn runner_entry() -> Result<PathBuf, MaterialiseError> {
    if !bundle::RUNNER.iter().any(|(path, _)| *path == ENTRY) {
        return Err(MaterialiseError::Absent);
    }
    let name = format!("runner-{}", content_hash(bundle::RUNNER));
    let mut failure = None;
    for base in bases() {
        match write_once(&base, &name, bundle::RUNNER) {
            Ok(folder) => return Ok(folder.join(ENTRY)),
            Err(source) => failure = Some(MaterialiseError::Unwritable { folder: base, source }),
        }
    }
    Err(failure.unwrap_or(MaterialiseError::Absent))
}

/// The folders to try, the best first.
fn bases() -> Vec<PathBuf> {
    let user = env::var("USER").or_else(|_| env::var("USERNAME")).unwrap_or_default();
    let user: String = user.chars().filter(char::is_ascii_alphanumeric).collect();
    let temporary = env::temp_dir().join(format!("samebytes-{user}"));
    cache_folder().into_iter().chain([temporary]).collect()
}

fn content_hash(files: &[(&str, &[u8])]) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in files {
        hash.update((path.len() as u64).to_le_bytes());
        hash.update(path);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hex(&hash.finalize()[..12])
}

/// Writes the files into a folder of their own beside the target and renames it, so that the target
/// is complete whenever it exists. One that was tampered with or half deleted is replaced.
fn write_once(base: &Path, name: &str, files: &[(&str, &[u8])]) -> io::Result<PathBuf> {
    let target = base.join(name);
    if is_complete(&target, files) {
        return Ok(target);
    }
    fs::create_dir_all(base)?;
    let fresh = tempfile::Builder::new().prefix("writing-").tempdir_in(base)?;
    for (path, bytes) in files {
        let path = fresh.path().join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, bytes)?;
    }
    match fs::rename(fresh.path(), &target) {
        Ok(()) => return Ok(target),
        // Another harness was quicker.
        Err(_) if is_complete(&target, files) => return Ok(target),
        // Nothing is in the way, so trying again is of no use.
        Err(error) if !target.exists() => return Err(error),
        Err(_) => {}
    }
    // Moved away first: a folder cannot be renamed over one that has files.
    let old = tempfile::Builder::new().prefix("old-").tempdir_in(base)?;
    match fs::rename(&target, old.path().join("runner")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    match fs::rename(fresh.path(), &target) {
        Err(error) if !is_complete(&target, files) => Err(error),
        _ => Ok(target),
    }
}

fn is_complete(folder: &Path, files: &[(&str, &[u8])]) -> bool {
    files.iter().all(|(path, bytes)| fs::read(folder.join(path)).is_ok_and(|found| found == *bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &[(&str, &[u8])] = &[("lib/a.js", b"a"), ("main.js", b"main")];

    #[test]
    fn a_damaged_runner_is_written_again() {
        let base = tempfile::tempdir().expect("a temporary folder");
        let folder = write_once(base.path(), "r", FILES).expect("the first time");
        fs::write(folder.join("main.js"), "other").expect("writable");
        fs::remove_file(folder.join("lib/a.js")).expect("removable");
        let again = write_once(base.path(), "r", FILES).expect("the second time");
        assert_eq!(folder, again);
        assert!(is_complete(&again, FILES));
        assert_eq!(fs::read_dir(base.path()).expect("readable").count(), 1, "nothing else is left behind");
    }

    #[test]
    fn harnesses_that_write_at_once_all_find_a_complete_runner() {
        let base = tempfile::tempdir().expect("a temporary folder");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let folder = write_once(base.path(), "r", FILES).expect("written");
                    assert!(is_complete(&folder, FILES));
                });
            }
        });
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error() {
        let base = tempfile::tempdir().expect("a temporary folder");
        let file = base.path().join("file");
        fs::write(&file, "").expect("writable");
        assert!(write_once(&file, "r", FILES).is_err());
    }
}
