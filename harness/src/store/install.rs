//! Putting a runtime into the store: which version, npm's files, a first run, and then all at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use semver::Version;

use super::entry::{FILES, write_note};
use super::npm::{Failure, Npm};
use super::packages::{Package, Platform, is_fast_enough};
use super::{Entry, Spec, Store, StoreError, Versions};
use crate::child::{self, Ran};

/// How long a runtime may take to tell its version. Some systems look a new program over first.
const FIRST_RUN: Duration = Duration::from_secs(60);

/// How far an install has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// npm is asked which versions there are.
    Resolving,
    /// npm fetches this version.
    Fetching(Version),
    /// What it brought is tried.
    Trying(Version),
}

/// What an install came to.
#[derive(Debug)]
pub enum Installed {
    /// It was not there, or damaged.
    Fresh(Entry),
    /// It was there already.
    There(Entry),
    /// npm cannot tell which version is the highest; this one was there already.
    Unasked(Entry, StoreError),
}

impl Store {
    /// Puts the highest version that is meant into the store, unless it is there. A damaged entry is
    /// replaced. npm is asked only for what the store does not answer.
    ///
    /// # Errors
    ///
    /// If it cannot be had; nothing is left behind then.
    pub fn install(
        &self,
        spec: &Spec,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(Stage),
    ) -> Result<Installed, StoreError> {
        let platform = Platform::here();
        let package =
            platform.package(spec.build).ok_or(StoreError::NoPackage { build: spec.build, platform })?;
        if !is_fast_enough(spec.build) {
            return Err(StoreError::Processor);
        }
        if let (Versions::Exactly(_), Some(entry)) = (&spec.versions, self.sound(spec)?) {
            return Ok(Installed::There(entry));
        }
        let work = self.work()?;
        let project = work.folder.path().join("npm");
        fs::create_dir(&project).map_err(|error| self.error(error))?;
        let version = match self.resolve(spec, package, &project, cancel, tell) {
            Ok(version) => version,
            Err(error @ (StoreError::NoNpm | StoreError::Unreachable { .. })) => {
                return match self.sound(spec)? {
                    Some(entry) => Ok(Installed::Unasked(entry, error)),
                    None => Err(error),
                };
            }
            Err(error) => return Err(error),
        };
        let exactly = Spec::exactly(spec.build, version.clone());
        if let Some(entry) = self.sound(&exactly)? {
            return Ok(Installed::There(entry));
        }
        tell(Stage::Fetching(version.clone()));
        let npm = Npm::on_path(&project, cancel)?;
        let fetched = npm.fetch(package.name, &version);
        let (files, warnings) = fetched.map_err(|failure| self.failed(failure, &exactly, package))?;
        tell(Stage::Trying(version.clone()));
        let program = files.join(package.program);
        try_out(&program, package, &version, cancel).map_err(|error| match error {
            // npm's warnings tell more of why than a program that does not start.
            StoreError::Program { package, reason } if !warnings.trim().is_empty() => {
                StoreError::Program { package, reason: format!("{reason}; npm said: {}", warnings.trim()) }
            }
            other => other,
        })?;
        let fresh = work.folder.path().join("entry");
        let put = || {
            fs::create_dir(&fresh)?;
            fs::rename(&files, fresh.join(FILES))?;
            write_note(&fresh, package.name, &version, npm.integrity(package.name), package.program)
        };
        put().map_err(|error| self.error(error))?;
        self.publish(&fresh, Entry::within(self.folder(), spec.build, &version), work.folder.path())
    }

    /// The versions of a build for this machine that npm knows of, pre-releases among them.
    ///
    /// # Errors
    ///
    /// If npm cannot tell.
    pub fn available(&self, build: super::Build, cancel: &AtomicBool) -> Result<Vec<Version>, StoreError> {
        let platform = Platform::here();
        let package = platform.package(build).ok_or(StoreError::NoPackage { build, platform })?;
        let work = self.work()?;
        let versions = Npm::on_path(work.folder.path(), cancel)?.versions(package.name);
        let spec = Spec { build, versions: Versions::Latest };
        versions.map_err(|failure| self.failed(failure, &spec, package))
    }

    fn resolve(
        &self,
        spec: &Spec,
        package: &'static Package,
        project: &Path,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(Stage),
    ) -> Result<Version, StoreError> {
        if let Versions::Exactly(version) = &spec.versions {
            return Ok(version.clone());
        }
        tell(Stage::Resolving);
        let versions = Npm::on_path(project, cancel)?.versions(package.name);
        let versions = versions.map_err(|failure| self.failed(failure, spec, package))?;
        spec.best(versions).ok_or_else(|| StoreError::NoVersion { spec: spec.clone(), package: package.name })
    }

    /// The entry that is meant, if every byte of its program is as it was.
    fn sound(&self, spec: &Spec) -> Result<Option<Entry>, StoreError> {
        Ok(self.find(spec)?.filter(|entry| entry.verify().is_ok()))
    }

    /// Puts a complete entry in its place. Whoever comes second finds it there and keeps that one.
    fn publish(&self, fresh: &Path, entry: Entry, work: &Path) -> Result<Installed, StoreError> {
        let _locked = self.lock()?;
        if entry.folder().exists() {
            if entry.verify().is_ok() {
                return Ok(Installed::There(entry));
            }
            fs::rename(entry.folder(), work.join("damaged")).map_err(|error| self.error(error))?;
        }
        fs::rename(fresh, entry.folder()).map_err(|error| self.error(error))?;
        Ok(Installed::Fresh(entry))
    }

    fn failed(&self, failure: Failure, spec: &Spec, package: &'static Package) -> StoreError {
        match failure {
            Failure::Absent => StoreError::NoVersion { spec: spec.clone(), package: package.name },
            Failure::Full => StoreError::Full { folder: self.folder().to_owned() },
            Failure::Other(error) => error,
        }
    }
}

/// Runs the program for the first time: it must say that it has the version which was asked for.
fn try_out(
    program: &PathBuf,
    package: &Package,
    version: &Version,
    cancel: &AtomicBool,
) -> Result<(), StoreError> {
    let wrong = |reason: String| StoreError::Program { package: package.name, reason };
    // Some packages carry their program without the permission to run it.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let allowed = fs::set_permissions(program, fs::Permissions::from_mode(0o755));
        allowed.map_err(|error| wrong(format!("{}: {error}", package.program)))?;
    }
    let mut command = Command::new(program);
    command.arg("--version");
    let ran = child::run(command, FIRST_RUN, cancel);
    match ran.map_err(|error| wrong(format!("{}: {error}", package.program)))? {
        Ran::Cancelled => Err(StoreError::Cancelled),
        Ran::TooLong { .. } => Err(wrong(format!("{} --version does not come to an end", package.program))),
        Ran::Ended { status, stderr, .. } if !status.success() => {
            let said = stderr.lines().next().unwrap_or_default();
            Err(wrong(
                format!("{} --version ends with {status} {said}", package.program).trim_end().to_owned(),
            ))
        }
        Ran::Ended { stdout, .. } => {
            let line = stdout.lines().next().unwrap_or_default();
            if says(line, version) { Ok(()) } else { Err(wrong(format!("it says it is `{line}`"))) }
        }
    }
}

/// Does a runtime that says this of itself have this version? `v24.21.0`, `1.3.5`, and
/// `deno 2.9.6 (stable, ...)` are how they say it; a pre-release may leave out that it is one.
fn says(line: &str, version: &Version) -> bool {
    let core = Version::new(version.major, version.minor, version.patch).to_string();
    let whole = version.to_string();
    let words = line.split_whitespace().map(|word| word.strip_prefix('v').unwrap_or(word));
    words.into_iter().any(|word| word == core || word == whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_tell_their_version_in_their_own_ways() {
        let version = |text: &str| Version::parse(text).expect("a version");
        assert!(says("v24.21.0", &version("24.21.0")));
        assert!(says("deno 2.9.6 (stable, release, x86_64-unknown-linux-gnu)", &version("2.9.6")));
        assert!(says("1.4.2", &version("1.4.2-canary.20260928.1")));
        assert!(!says("v24.21.0", &version("4.21.0")));
        assert!(!says("v24.21.0", &version("24.21.1")));
        assert!(!says("", &version("1.0.0")));
    }
}
