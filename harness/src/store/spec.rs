//! What somebody wants from the store: `node@24`, `bun@latest`, `bun-baseline@1.3.5`.
//!
//! A build for older processors is a name of its own instead of a flag, so that it can be written
//! wherever a runtime is, stands beside the usual build, and reports say which of the two ran.

use std::fmt;

use semver::Version;

/// What the store can hold: a runtime, in one of the ways in which it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Build {
    /// Node.
    Node,
    /// Bun.
    Bun,
    /// Bun for x64 processors without AVX2.
    BunBaseline,
    /// Deno.
    Deno,
}

impl Build {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Node, Self::Bun, Self::BunBaseline, Self::Deno];

    /// Its name, as it is written before the `@`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Bun => "bun",
            Self::BunBaseline => "bun-baseline",
            Self::Deno => "deno",
        }
    }

    /// The runtime that it is a build of.
    pub fn runtime(self) -> &'static str {
        match self {
            Self::BunBaseline => Self::Bun.name(),
            _ => self.name(),
        }
    }

    /// The build of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|build| build.name() == name)
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which versions are meant. A pre-release is meant only where it is named in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Versions {
    /// The highest that there is.
    Latest,
    /// All that begin with this major version, and this minor one where it is given.
    Line(u64, Option<u64>),
    /// This one.
    Exactly(Version),
}

/// A build and the versions that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The build.
    pub build: Build,
    /// The versions.
    pub versions: Versions,
}

/// A text that names nothing the store could hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Nothing behind an `@`.
    #[error(
        "`{0}` names no version: write {0}@latest, or {0}@ and the first numbers of a version, or all of them"
    )]
    NoVersion(String),
    /// No build has this name.
    #[error("`{text}`: the store holds node, bun, bun-baseline and deno, and no `{name}`")]
    Unknown {
        /// What was given.
        text: String,
        /// What stands before the `@`.
        name: String,
    },
    /// No version.
    #[error("`{0}`: a version is `latest` or numbers, such as 24, 24.21 or 24.21.0")]
    Version(String),
}

impl Spec {
    /// Reads `NAME@VERSION`.
    ///
    /// # Errors
    ///
    /// If it is none, or no build has that name.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let (name, version) = text.split_once('@').unwrap_or((text, ""));
        let build = Build::by_name(name)
            .ok_or_else(|| SpecError::Unknown { text: text.to_owned(), name: name.to_owned() })?;
        if version.is_empty() {
            return Err(SpecError::NoVersion(name.to_owned()));
        }
        let versions = versions(version).ok_or_else(|| SpecError::Version(text.to_owned()))?;
        Ok(Self { build, versions })
    }

    /// This version of this build.
    pub fn exactly(build: Build, version: Version) -> Self {
        Self { build, versions: Versions::Exactly(version) }
    }

    /// May this version be meant?
    pub fn matches(&self, version: &Version) -> bool {
        match &self.versions {
            Versions::Exactly(wanted) => wanted == version,
            _ if !version.pre.is_empty() => false,
            Versions::Latest => true,
            Versions::Line(major, minor) => {
                *major == version.major && minor.is_none_or(|minor| minor == version.minor)
            }
        }
    }

    /// The version that is meant, out of those that there are.
    pub fn best(&self, there: impl IntoIterator<Item = Version>) -> Option<Version> {
        there.into_iter().filter(|version| self.matches(version)).max()
    }
}

fn versions(text: &str) -> Option<Versions> {
    if text == "latest" {
        return Some(Versions::Latest);
    }
    let text = text.strip_prefix('v').unwrap_or(text);
    if let Ok(version) = Version::parse(text) {
        return Some(Versions::Exactly(version));
    }
    // `parse` of a number takes a sign too.
    let number = |text: &str| {
        if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
    };
    match text.split_once('.') {
        None => Some(Versions::Line(number(text)?, None)),
        Some((major, minor)) => Some(Versions::Line(number(major)?, Some(number(minor)?))),
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@", self.build)?;
        match &self.versions {
            Versions::Latest => f.write_str("latest"),
            Versions::Line(major, None) => write!(f, "{major}"),
            Versions::Line(major, Some(minor)) => write!(f, "{major}.{minor}"),
            Versions::Exactly(version) => write!(f, "{version}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(spec: &str, there: &[&str]) -> Option<String> {
        let there = there.iter().map(|text| Version::parse(text).expect("a version"));
        Spec::parse(spec).expect("a spec").best(there).map(|version| version.to_string())
    }

    #[test]
    fn the_highest_matching_version_is_meant() {
        let there = ["24.9.0", "24.21.0", "26.10.0", "24.10.0", "27.0.0-rc.1"];
        assert_eq!(best("node@24", &there).as_deref(), Some("24.21.0"));
        assert_eq!(best("node@latest", &there).as_deref(), Some("26.10.0"));
        assert_eq!(best("node@24.9", &there).as_deref(), Some("24.9.0"));
        assert_eq!(best("node@v24.9.0", &there).as_deref(), Some("24.9.0"));
        assert_eq!(best("node@22", &there), None);
    }

    #[test]
    fn a_minor_version_does_not_mean_a_later_one() {
        assert_eq!(best("bun@1.3", &["1.3.5", "1.4.5"]).as_deref(), Some("1.3.5"));
    }

    #[test]
    fn a_pre_release_is_meant_only_where_it_is_named() {
        let canary = "1.4.2-canary.20260928.1";
        assert_eq!(best("bun@1.4", &[canary]), None);
        assert_eq!(best("bun@latest", &[canary]), None);
        assert_eq!(best(&format!("bun@{canary}"), &[canary]).as_deref(), Some(canary));
    }

    #[test]
    fn a_spec_is_written_as_it_is_read() {
        for text in ["node@24", "bun@1.3", "bun-baseline@1.3.5", "deno@latest", "bun@1.4.2-canary.2"] {
            assert_eq!(Spec::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_names_nothing_is_an_error() {
        assert_eq!(Spec::parse("node"), Err(SpecError::NoVersion("node".into())));
        assert_eq!(Spec::parse("node@"), Err(SpecError::NoVersion("node".into())));
        assert!(matches!(Spec::parse("nodejs@24"), Err(SpecError::Unknown { .. })));
        for bad in
            ["node@lts", "node@24.", "node@.1", "node@+24", "node@24.1.2.3", "node@24/../..", "node@-1"]
        {
            assert_eq!(Spec::parse(bad), Err(SpecError::Version(bad.into())), "{bad}");
        }
    }
}
