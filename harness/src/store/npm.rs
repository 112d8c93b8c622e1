//! The npm client as a child process: which versions a package has, and a package's files. Registry,
//! proxy and integrity checks are thereby npm's, as the user and the environment have set it up.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use semver::Version;

use super::error::StoreError;
use crate::child::{self, Ran};
use crate::machine::program_on_path;

/// The file name of npm's program.
pub(super) const PROGRAM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// How long npm may take for anything. A bad line takes long for 200 MB, and npm has deadlines of its own.
const PATIENCE: Duration = Duration::from_secs(3600);

/// npm's codes for not getting through.
const UNREACHABLE: &[&str] = &[
    "ENOTFOUND",
    "EAI_AGAIN",
    "EAI_FAIL",
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENETDOWN",
    "EPIPE",
    "ETIMEDOUT",
    "ESOCKETTIMEDOUT",
    "ERR_SOCKET_TIMEOUT",
    "FETCH_ERROR",
    "ENOTCACHED",
];

/// npm, and a folder that takes the place of a project's.
pub(super) struct Npm<'a> {
    program: PathBuf,
    folder: &'a Path,
    cancel: &'a AtomicBool,
}

/// What npm said.
struct Answer {
    stdout: String,
    stderr: String,
}

/// A failure that the caller knows more of.
pub(super) enum Failure {
    /// The package, or this version of it, is not there.
    Absent,
    /// No room.
    Full,
    /// Anything else.
    Other(StoreError),
}

impl<'a> Npm<'a> {
    /// The npm on PATH. `folder` is where it installs to.
    pub(super) fn on_path(folder: &'a Path, cancel: &'a AtomicBool) -> Result<Self, StoreError> {
        let program = program_on_path(PROGRAM).ok_or(StoreError::NoNpm)?;
        Ok(Self { program, folder, cancel })
    }

    /// The versions of a package.
    pub(super) fn versions(&self, package: &str) -> Result<Vec<Version>, Failure> {
        let answer = self.run(&["view", package, "versions", "--json"])?;
        let wrong = || Failure::Other(StoreError::Npm(format!("it lists no versions of {package}")));
        let list: serde_json::Value = serde_json::from_str(&answer.stdout).map_err(|_| wrong())?;
        // A list of one is given as that one.
        let texts = match &list {
            serde_json::Value::Array(list) => list.iter().filter_map(|text| text.as_str()).collect(),
            serde_json::Value::String(text) => vec![text.as_str()],
            _ => return Err(wrong()),
        };
        Ok(texts.into_iter().filter_map(|text| Version::parse(text).ok()).collect())
    }

    /// Fetches a package, and returns the folder that holds its files, and npm's warnings.
    pub(super) fn fetch(&self, package: &str, version: &Version) -> Result<(PathBuf, String), Failure> {
        let wanted = format!("{package}@{version}");
        // Scripts would do more than unpack files, and nothing here is a project to be saved to.
        let args = ["install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund"];
        let more = ["--no-bin-links", "--no-progress", "--install-strategy=hoisted", &wanted];
        let answer = self.run(&[&args[..], &more[..]].concat())?;
        // Without room, npm leaves files incomplete, warns, and calls it a success.
        if answer.stderr.contains("ENOSPC") || answer.stderr.contains("EDQUOT") {
            return Err(Failure::Full);
        }
        Ok((self.folder.join("node_modules").join(package), answer.stderr))
    }

    /// The checksum that npm has held a fetched package against.
    pub(super) fn integrity(&self, package: &str) -> Option<String> {
        let text = std::fs::read(self.folder.join("node_modules/.package-lock.json")).ok()?;
        let lock: serde_json::Value = serde_json::from_slice(&text).ok()?;
        let entry = lock.get("packages")?.get(format!("node_modules/{package}"))?;
        Some(entry.get("integrity")?.as_str()?.to_owned())
    }

    fn run(&self, args: &[&str]) -> Result<Answer, Failure> {
        let mut command = Command::new(&self.program);
        command.args(args).arg("--loglevel=warn").arg("--no-update-notifier");
        command.arg("--prefix").arg(self.folder).current_dir(self.folder);
        let ran = child::run(command, PATIENCE, self.cancel);
        match ran.map_err(|error| Failure::Other(StoreError::NpmStart(error)))? {
            Ran::Ended { status, stdout, stderr } if status.success() => Ok(Answer { stdout, stderr }),
            Ran::Ended { status, stderr, .. } => Err(failure(&stderr, &status.to_string())),
            Ran::TooLong { .. } => {
                Err(Failure::Other(StoreError::Npm("it does not come to an end".to_owned())))
            }
            Ran::Cancelled => Err(Failure::Other(StoreError::Cancelled)),
        }
    }
}

/// Reads npm's complaint.
fn failure(stderr: &str, status: &str) -> Failure {
    let lines = || stderr.lines().filter_map(complaint);
    let code = lines().find_map(|line| line.strip_prefix("code ")).unwrap_or_default();
    if matches!(code, "ENOSPC" | "EDQUOT") {
        return Failure::Full;
    }
    if matches!(code, "ETARGET" | "E404" | "ENOVERSIONS") {
        return Failure::Absent;
    }
    let details = ["code ", "errno ", "syscall ", "A complete log"];
    let said = lines().find(|line| !details.iter().any(|detail| line.starts_with(detail)));
    let last = || stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
    let message = said.or_else(last).unwrap_or(status).to_owned();
    if UNREACHABLE.contains(&code) {
        return Failure::Other(StoreError::Unreachable { code: code.to_owned(), message });
    }
    Failure::Other(StoreError::Npm(message))
}

/// What stands behind `npm error`; older ones say `npm ERR!`.
fn complaint(line: &str) -> Option<&str> {
    line.strip_prefix("npm error ").or_else(|| line.strip_prefix("npm ERR! ")).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(stderr: &str) -> StoreError {
        match failure(stderr, "exit status: 1") {
            Failure::Other(error) => error,
            _ => panic!("{stderr}"),
        }
    }

    #[test]
    fn a_registry_out_of_reach_is_told_from_other_failures() {
        for begin in ["npm error", "npm ERR!"] {
            let text = format!(
                "npm warn Unknown config\n{begin} code ENOTFOUND\n{begin} syscall getaddrinfo\n{begin} errno ENOTFOUND\n{begin} network request failed, reason: no such host\n"
            );
            let error = other(&text);
            assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
            assert!(error.to_string().ends_with("request failed, reason: no such host"), "{error}");
        }
        let error = other("npm error code E401\nnpm error Incorrect or missing password.\n");
        assert_eq!(error.to_string(), "npm fails: Incorrect or missing password.");
    }

    #[test]
    fn a_missing_version_and_a_full_disk_have_codes() {
        assert!(matches!(failure("npm error code ETARGET\nnpm error notarget none\n", ""), Failure::Absent));
        assert!(matches!(failure("npm error code E404\n", ""), Failure::Absent));
        assert!(matches!(failure("npm error code ENOSPC\n", ""), Failure::Full));
    }

    #[test]
    fn what_is_no_complaint_of_npm_is_given_as_it_is() {
        assert_eq!(
            other("/bin/npm: 3: node: not found\n\n").to_string(),
            "npm fails: /bin/npm: 3: node: not found"
        );
        assert_eq!(other("").to_string(), "npm fails: exit status: 1");
    }
}
