//! What can go wrong with the store, one variant a way.

use std::io;
use std::path::PathBuf;

use super::packages::Platform;
use super::spec::{Build, Spec};

/// The store cannot be used, or what is wanted cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No folder to keep it in.
    #[error("there is no folder for the store of runtimes: set SAMEBYTES_STORE to one")]
    NoFolder,
    /// The folder cannot be used.
    #[error("cannot use the store of runtimes in {folder}: {source}; SAMEBYTES_STORE names another folder")]
    Folder {
        /// Where it is.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// No room.
    #[error("the disk of the store, {folder}, is full")]
    Full {
        /// Where the store is.
        folder: PathBuf,
    },
    /// No package for this machine.
    #[error("no npm package is known that carries {build} for {platform}")]
    NoPackage {
        /// The build.
        build: Build,
        /// This machine.
        platform: Platform,
    },
    /// The processor is too old.
    #[error("this processor lacks AVX2, without which bun does not run; there is bun-baseline")]
    Processor,
    /// No npm.
    #[error("npm, which fetches runtimes, is not on PATH; it comes with Node")]
    NoNpm,
    /// npm cannot be run.
    #[error("npm cannot be run: {0}")]
    NpmStart(io::Error),
    /// npm does not get through to its registry.
    #[error("npm cannot reach its registry ({code}): {message}")]
    Unreachable {
        /// npm's code.
        code: String,
        /// What npm says.
        message: String,
    },
    /// No such version.
    #[error("npm has no {spec} (package {package})")]
    NoVersion {
        /// What was wanted.
        spec: Spec,
        /// Where it was looked for.
        package: &'static str,
    },
    /// npm fails otherwise.
    #[error("npm fails: {0}")]
    Npm(String),
    /// What npm brought is not the runtime.
    #[error("what npm brought as {package} does not work: {reason}")]
    Program {
        /// The package.
        package: &'static str,
        /// In which way.
        reason: String,
    },
    /// Whoever wanted it does not want it any more.
    #[error("interrupted")]
    Cancelled,
}

impl StoreError {
    /// The error of something that was done in the store's folder.
    pub(super) fn of_folder(folder: &std::path::Path, source: io::Error) -> Self {
        let folder = folder.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { folder },
            _ => Self::Folder { folder, source },
        }
    }
}
