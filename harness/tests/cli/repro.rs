//! Reproductions and bisecting. The bad runtimes are the `node` on PATH with a fault loaded into it.

use std::os::unix::fs::PermissionsExt as _;

use samebytes::store::{Build, Platform};

use super::*;

fn preload(mutant: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("node-runner/mutants/preload.mjs");
    format!("file://{}?{mutant}", file.display())
}

fn bad(mutant: &str) -> String {
    format!("bad=node --import {}", shell_words::quote(&preload(mutant)))
}

/// A reproduction of a fixture case, and what was written.
struct Repro {
    output: Output,
    folder: TempDir,
}

impl Repro {
    fn of(case: &str, mutant: &str, more: &[&str]) -> Self {
        let folder = home();
        let mut command = samebytes(&folder);
        command.args(["repro", case, "--runtime", &bad(mutant), "--against", "node", "--out", "out"]);
        command.arg("--cases").arg(fixtures().join("repro")).args(more);
        Self { output: command.output().expect("samebytes runs"), folder }
    }

    fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    fn read(&self, name: &str) -> String {
        let file = self.folder.path().join("out").join(name);
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}: {}", text(&self.output)))
    }

    /// The script's exit code, from another folder, without and with the fault.
    fn codes(&self, mutant: &str) -> (Option<i32>, Option<i32>) {
        let elsewhere = home();
        let run = |args: &[&str]| {
            let script = self.folder.path().join("out/repro.mjs");
            let mut command = Command::new("node");
            command.args(args).arg(script).current_dir(elsewhere.path());
            command.output().expect("node runs").status.code()
        };
        (run(&[]), run(&["--import", &preload(mutant)]))
    }
}

#[test]
fn a_reproduction_is_what_matters_of_the_case_and_shows_it() {
    let repro = Repro::of("repro/zero", "grow-zero-keeps-buffer", &[]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    assert_eq!(repro.codes("grow-zero-keeps-buffer"), (Some(0), Some(1)));
    let script = repro.read("repro.mjs");
    let code: Vec<&str> = script.lines().filter(|line| line.starts_with("const mem")).collect();
    assert_eq!(code, ["const mem = new WebAssembly.Memory({ initial: 1, maximum: 2 });"], "{script}");
    for gone in ["other", "size", "samebytes", "hex", "worker_threads"] {
        assert!(!script.contains(gone), "{gone}: {script}");
    }
    let issue = repro.read("ISSUE.md");
    for told in [" repro.mjs\n", "refresh-the-memory-buffer", "| no |", "expected true", "actual   false"] {
        assert!(issue.contains(told), "{told}: {issue}");
    }
}

#[test]
fn steps_that_do_not_matter_are_kept_where_that_is_asked_for() {
    let repro = Repro::of("repro/zero", "grow-zero-keeps-buffer", &["--no-minimize"]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    let script = repro.read("repro.mjs");
    assert!(script.contains("const other = ") && script.contains(".set([1, 2]);"), "{script}");
    assert_eq!(repro.codes("grow-zero-keeps-buffer"), (Some(0), Some(1)));
}

#[test]
fn agents_and_their_turns_are_part_of_the_script_and_unused_functions_are_not() {
    let repro = Repro::of("repro/posted", "post-copies-memory", &[]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    assert_eq!(repro.codes("post-copies-memory"), (Some(0), Some(1)));
    let script = repro.read("repro.mjs");
    assert!(script.contains("until(") && script.contains("guest.load(5)"), "{script}");
    assert!(!script.contains("unused") && !script.contains("Nobody calls"), "{script}");
}

#[test]
fn a_script_of_what_does_not_end_ends() {
    let repro = Repro::of("repro/pending", "wait-async-never-settles", &["--timeout", "2"]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    assert_eq!(repro.codes("wait-async-never-settles"), (Some(0), Some(1)));
    assert!(repro.read("ISSUE.md").contains("actual   it does not"));
}

#[test]
fn hostile_names_stay_text_in_the_script_and_in_the_issue() {
    let repro = Repro::of("repro/hostile", "grow-zero-keeps-buffer", &["--no-minimize"]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    assert_eq!(repro.codes("grow-zero-keeps-buffer"), (Some(0), Some(1)));
    let issue = repro.read("ISSUE.md");
    assert!(issue.matches("<img").count() == issue.matches("\\<img").count(), "{issue}");
    assert!(issue.matches("@everyone").count() == issue.matches("\\@everyone").count(), "{issue}");
    assert!(!repro.read("repro.mjs").contains('\u{2028}'));
}

#[test]
fn what_passes_cannot_be_reproduced() {
    let repro = Repro::of("repro/zero", "post-copies-memory", &[]);
    assert_eq!(repro.code(), Some(BAD_INPUT), "{}", text(&repro.output));
    assert!(text(&repro.output).contains("it passes there"), "{}", text(&repro.output));
    assert!(!repro.folder.path().join("out").exists());
}

#[test]
fn a_folder_that_cannot_be_written_and_a_missing_runtime_are_errors() {
    let folder = home();
    fs::write(folder.path().join("file"), "").expect("writable");
    let run = |runtime: &str, out: &str| {
        let mut command = samebytes(&folder);
        command.args(["repro", "repro/zero", "--runtime", runtime, "--against", "node", "--out", out]);
        command.arg("--cases").arg(fixtures().join("repro")).output().expect("samebytes runs")
    };
    let output = run(&bad("grow-zero-keeps-buffer"), "file/out");
    assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
    assert!(text(&output).contains("cannot write"), "{}", text(&output));
    let output = run("bun@0.0.1", "out");
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
}

/// A stand-in for npm: versions 20.0.0 to 20.7.0, of which those from 20.5.0 on have a fault, and
/// 20.3.0 cannot be had.
const NPM: &str = r##"#!/bin/sh
verb=$1 wanted= prefix= previous=
for word; do
    [ "$previous" = --prefix ] && prefix=$word
    case $word in *@[0-9]*) wanted=$word ;; esac
    previous=$word
done
if [ "$verb" = view ]; then
    echo '["20.0.0", "20.1.0", "20.2.0", "20.3.0", "20.4.0", "20.5.0-rc.1", "20.5.0", "20.6.0", "20.7.0", "21.0.0"]'
    exit
fi
package=${wanted%@*} version=${wanted##*@}
echo "$version" >> "$FAKE_FOLDER/fetched"
[ "$version" = 20.3.0 ] && { echo "npm error code ETARGET" >&2; exit 1; }
program=$prefix/node_modules/$package/$FAKE_PROGRAM
mkdir -p "$(dirname "$program")"
fault=
case $version in 20.[567].0) fault="--import $FAKE_FAULT" ;; esac
printf '#!/bin/sh\n[ "$1" = --version ] && { echo v%s; exit; }\nexec node %s "$@"\n' "$version" "$fault" > "$program"
"##;

struct World {
    home: TempDir,
    npm: TempDir,
}

impl World {
    fn new() -> Self {
        let npm = home();
        let script = npm.path().join("npm");
        fs::write(&script, NPM).expect("written");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("allowed");
        Self { home: home(), npm }
    }

    fn bisect(&self, good: &str, bad: &str, more: &[&str]) -> Output {
        let package = Platform::here().package(Build::Node).expect("a package of Node for this machine");
        let path = std::env::var_os("PATH").expect("PATH");
        let path = [self.npm.path().to_owned()].into_iter().chain(std::env::split_paths(&path));
        let mut command = samebytes(&self.home);
        command.env("PATH", std::env::join_paths(path).expect("a PATH"));
        command.env("FAKE_FOLDER", self.npm.path()).env("FAKE_PROGRAM", package.program);
        command.env("FAKE_FAULT", preload("grow-zero-keeps-buffer"));
        command.args(["bisect", "repro/zero", "--runtime", "node", "--good", good, "--bad", bad]);
        command.arg("--cases").arg(fixtures().join("repro")).args(more);
        command.output().expect("samebytes runs")
    }

    fn fetched(&self) -> Vec<String> {
        let text = fs::read_to_string(self.npm.path().join("fetched")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn bisecting_finds_the_first_bad_version_past_one_that_cannot_be_had() {
    let world = World::new();
    let output = world.bisect("20.0.0", "20.7.0", &[]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    let said = text(&output);
    assert!(said.contains("node@20.5.0 is the first bad version; node@20.4.0 is good"), "{said}");
    assert!(said.contains("skipped node@20.3.0"), "{said}");
    // What is in the store is enough now, and what is not is not asked for.
    let fetched = world.fetched();
    let again = world.bisect("20.0.0", "20.7.0", &["--offline"]);
    assert!(text(&again).contains("node@20.5.0 is the first bad version"), "{}", text(&again));
    assert_eq!(world.fetched(), fetched);
}

#[test]
fn a_good_version_after_the_bad_one_means_the_one_that_mends_it() {
    let world = World::new();
    let output = world.bisect("20.4.0", "20.6.0", &[]);
    assert!(text(&output).contains("node@20.5.0 is the first bad version"), "{}", text(&output));
    let output = world.bisect("21.0.0", "20.5.0", &[]);
    let said = "node@21.0.0 is the first good version; node@20.7.0 is bad";
    assert!(text(&output).contains(said), "{}", text(&output));
}

#[test]
fn ends_that_are_not_what_they_are_said_to_be_are_news() {
    let world = World::new();
    let output = world.bisect("20.5.0", "20.7.0", &[]);
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    assert!(text(&output).contains("node@20.5.0 is not good"), "{}", text(&output));
    let output = world.bisect("20.0.0", "20.1.0", &[]);
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    let output = world.bisect("20.0.0", "20.3.0", &[]);
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
}
