//! What this machine offers: the user's cache folder, and the programs on PATH.

use std::env;
use std::path::{Path, PathBuf};

/// The folder in which this user's samebytes keeps what it can make or fetch again.
///
/// `XDG_CACHE_HOME` where it is set, on every platform; else what the platform's users expect.
/// `None` where the environment names no home.
pub fn cache_folder() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let of_the_platform = || {
        if cfg!(windows) {
            absolute("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            absolute("HOME").map(|home| home.join("Library/Caches"))
        } else {
            absolute("HOME").map(|home| home.join(".cache"))
        }
    };
    absolute("XDG_CACHE_HOME").or_else(of_the_platform).map(|cache| cache.join("samebytes"))
}

/// The program of this file name, if PATH leads to one. Relative folders in PATH are passed over:
/// what runs must not depend on where the user stands.
pub fn program_on_path(file: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(file))
        .find(|path| is_executable(path))
}

/// Is there a file at this path that may be run?
#[cfg(unix)]
pub fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Is there a file at this path that may be run?
#[cfg(not(unix))]
pub fn is_executable(path: &Path) -> bool {
    path.is_file()
}
