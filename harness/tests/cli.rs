//! The built program from outside: faults of real runners, bad input, exit codes, Ctrl-C. The runners
//! are in fixtures/; they need `node` on PATH.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const EXPECTED: i32 = 0;
const NEWS: i32 = 1;
const BAD_INPUT: i32 = 2;
const NO_RUNTIME: i32 = 3;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("harness/tests/fixtures")
}

/// `NAME=COMMAND` for a fixture runner.
fn runtime(name: &str, runner: &str) -> String {
    let file = fixtures().join("runners").join(format!("{runner}.js"));
    assert!(file.exists(), "there is no fixture {runner}");
    format!("{name}=node {}", shell_words::quote(&file.display().to_string()))
}

fn samebytes(home: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samebytes"));
    command.env("XDG_CACHE_HOME", home.path()).env_remove("SAMEBYTES_STORE");
    command.env("NO_COLOR", "1").current_dir(home.path());
    command
}

fn home() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// `samebytes run` over the fault cases in fixture runners, called as they are.
fn run_faults(runners: &[&str], more: &[&str]) -> Output {
    let home = home();
    let mut command = samebytes(&home);
    command.arg("run").arg("--cases").arg(fixtures().join("faults"));
    for runner in runners {
        command.arg("--runtime").arg(runtime(runner, runner));
    }
    command.args(more).env("SAMEBYTES_FIXTURE_FILE", home.path().join("started"));
    command.output().expect("samebytes runs")
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(output)))
}

fn text(output: &Output) -> String {
    format!(
        "{}\n--- stderr\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn run_of<'r>(report: &'r Value, case: &str, runtime: &str) -> &'r Value {
    let cases = report["cases"].as_array().expect("cases");
    let case =
        cases.iter().find(|found| found["id"] == case).unwrap_or_else(|| panic!("no {case}: {report:#}"));
    let runs = case["runs"].as_array().expect("runs");
    runs.iter().find(|run| run["runtime"] == runtime).unwrap_or_else(|| panic!("no {runtime}: {case:#}"))
}

const VICTIM: &str = "faults/b-victim";

#[path = "cli/browser.rs"]
mod browser;
#[path = "cli/check_runner.rs"]
mod check_runner;
#[path = "cli/claims.rs"]
mod claims;
#[path = "cli/faults.rs"]
mod faults;
#[path = "cli/front_doors.rs"]
mod front_doors;
#[cfg(unix)]
#[path = "cli/interrupted.rs"]
mod interrupted;
#[path = "cli/litmus.rs"]
mod litmus;
#[cfg(unix)]
#[path = "cli/matrix.rs"]
mod matrix;
#[path = "cli/pages.rs"]
mod pages;
#[path = "cli/races.rs"]
mod races;
#[path = "cli/reports.rs"]
mod reports;
#[cfg(unix)]
#[path = "cli/repro.rs"]
mod repro;
#[cfg(unix)]
#[path = "cli/runtimes.rs"]
mod runtimes;
