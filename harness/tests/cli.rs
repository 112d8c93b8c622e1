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
    command.env("XDG_CACHE_HOME", home.path()).env("NO_COLOR", "1").current_dir(home.path());
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

/// Runs a faulty runner beside a good one. The victim must come to the verdict, and whatever else
/// there is must pass. Returns the victim's run.
fn fault(runner: &str, verdict: &str) -> Value {
    let output = run_faults(&[runner, "good"], &["--json", "-", "--timeout", "20"]);
    let report = json_of(&output);
    for case in ["faults/a-before", "faults/c-after"] {
        for runtime in [runner, "good"] {
            assert_eq!(run_of(&report, case, runtime)["verdict"], "pass", "{case} in {runtime}: {report:#}");
        }
    }
    assert_eq!(run_of(&report, VICTIM, "good")["verdict"], "pass");
    let victim = run_of(&report, VICTIM, runner).clone();
    assert_eq!(victim["verdict"], verdict, "{victim:#}");
    let code = if matches!(verdict, "pass" | "unsupported") { EXPECTED } else { NEWS };
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    victim
}

fn crash(runner: &str, kind: &str) -> Value {
    let victim = fault(runner, "crash");
    assert_eq!(victim["crash"]["kind"], kind, "{victim:#}");
    victim
}

fn reason(run: &Value) -> &str {
    run["reason"].as_str().unwrap_or_default()
}

#[test]
fn these_tests_need_node_on_path() {
    let version = Command::new("node").arg("--version").output();
    assert!(version.is_ok_and(|output| output.status.success()), "install Node: the fixture runners need it");
}

#[test]
fn a_good_runner_passes() {
    let output = run_faults(&["good"], &[]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
}

#[cfg(unix)]
#[test]
fn a_segfault_costs_one_case_and_keeps_what_was_observed() {
    let victim = crash("segfault", "exit");
    assert!(reason(&victim).contains("SIGSEGV"), "{victim:#}");
    assert_eq!(victim["observations"].as_array().map(Vec::len), Some(1), "{victim:#}");
    assert_eq!(victim["step"], 2);
}

#[test]
fn a_hang_is_a_timeout_of_one_case() {
    let output = run_faults(&["hang", "good"], &["--json", "-", "--timeout", "1"]);
    let report = json_of(&output);
    let victim = run_of(&report, VICTIM, "hang");
    assert_eq!(victim["verdict"], "timeout");
    assert_eq!(victim["step"], 2);
    assert_eq!(run_of(&report, "faults/c-after", "hang")["verdict"], "pass");
    assert_eq!(output.status.code(), Some(NEWS));
}

#[test]
fn an_early_exit_with_code_0_is_a_crash() {
    let victim = crash("exit-zero", "exit");
    assert!(reason(&victim).contains("exit status: 0"), "{victim:#}");
}

#[test]
fn an_exit_that_was_announced_says_why() {
    assert!(reason(&crash("exiting", "exit")).contains("the event loop is empty"));
}

#[test]
fn garbage_on_standard_output_is_a_crash() {
    assert!(reason(&crash("garbage", "garbage")).contains("hello from a guest"));
}

#[test]
fn text_before_a_message_on_its_line_is_garbage_and_the_message_is_read() {
    let victim = crash("half-line", "garbage");
    assert!(reason(&victim).contains("no line end here"), "{victim:#}");
    assert_eq!(victim["observations"].as_array().map(Vec::len), Some(2), "{victim:#}");
}

#[test]
fn half_a_message_is_no_observation() {
    let victim = crash("half-message", "exit");
    assert!(reason(&victim).contains("exit status: 3"), "{victim:#}");
    assert_eq!(victim["observations"].as_array().map(Vec::len), Some(1), "{victim:#}");
}

#[test]
fn a_gigabyte_of_lines_is_stopped() {
    assert!(reason(&crash("flood", "output-limit")).contains("bytes of output"));
}

#[test]
fn a_gigabyte_without_a_line_end_is_stopped() {
    assert!(reason(&crash("flood-line", "output-limit")).contains("a line of more than"));
}

#[test]
fn what_is_no_message_breaks_the_protocol() {
    assert!(reason(&crash("nonsense", "protocol")).contains("dance"));
}

#[test]
fn an_answer_for_another_case_breaks_the_protocol() {
    assert!(reason(&crash("wrong-sequence", "protocol")).contains("a message about case"));
}

#[test]
fn an_executor_that_cannot_run_a_plan_says_why() {
    assert!(reason(&crash("refuses", "executor-error")).contains("a plan like no other"));
}

#[test]
fn a_runner_that_cannot_be_started_again_fails_what_is_left_and_loses_nothing() {
    let output = run_faults(&["once"], &["--json", "-"]);
    let report = json_of(&output);
    assert_eq!(run_of(&report, "faults/a-before", "once")["verdict"], "pass");
    assert_eq!(run_of(&report, VICTIM, "once")["crash"]["kind"], "exit");
    assert_eq!(run_of(&report, "faults/c-after", "once")["crash"]["kind"], "restart");
    assert_eq!(output.status.code(), Some(NEWS));
}

#[test]
fn an_unsupported_step_is_no_failure_and_no_pass() {
    let victim = fault("unsupported", "unsupported");
    assert_eq!(reason(&victim), "no such thing here");
}

#[test]
fn a_wrong_value_is_a_failure_and_a_divergence_that_the_screen_shows() {
    let victim = fault("wrong", "fail");
    assert_eq!(reason(&victim), "expected 7, it gave 8");
    let output = run_faults(&["wrong", "good"], &[]);
    let screen = String::from_utf8_lossy(&output.stdout).into_owned();
    for wanted in ["divergence  faults/b-victim", "expected 7, it gave 8", "#exec-const", "call"] {
        assert!(screen.contains(wanted), "no {wanted}: {screen}");
    }
    assert!(
        screen.lines().any(|line| line.trim_start().starts_with("-step 2") && line.ends_with("gave 8")),
        "{screen}"
    );
    assert!(
        screen.lines().any(|line| line.trim_start().starts_with("+step 2") && line.ends_with("gave 7")),
        "{screen}"
    );
}

#[test]
fn a_case_that_does_not_always_come_to_the_same_verdict_is_flaky() {
    let output = run_faults(&["flaky"], &["--json", "-", "--repeat", "4"]);
    let report = json_of(&output);
    assert_eq!(run_of(&report, VICTIM, "flaky")["flaky"], true);
    assert_eq!(run_of(&report, "faults/a-before", "flaky")["flaky"], false);
    assert_eq!(output.status.code(), Some(NEWS));
}

#[test]
fn fail_fast_stops_after_the_first_news() {
    let output = run_faults(&["wrong"], &["--json", "-", "--fail-fast"]);
    let report = json_of(&output);
    assert_eq!(run_of(&report, VICTIM, "wrong")["verdict"], "fail");
    assert_eq!(output.status.code(), Some(NEWS));
}

#[test]
fn hostile_text_reaches_no_terminal_and_breaks_no_report() {
    let victim = fault("hostile", "fail");
    assert!(reason(&victim).contains('\u{1b}'), "the machine-readable report says what was said: {victim:#}");
    let output = run_faults(&["hostile", "good"], &["--all"]);
    let screen = String::from_utf8_lossy(&output.stdout).into_owned();
    let wild = |char: char| (char.is_control() && char != '\n') || char == '\u{202e}';
    assert!(!screen.contains(wild), "{screen:?}");
    assert!(!screen.lines().any(|line| line == "pass"), "{screen}");
    assert!(screen.contains("\\u{1b}[2J"), "{screen}");
}

/// Runs a runner that cannot be had beside a good one, which must not notice.
fn unavailable(runner: &str, why: &str) {
    let output = run_faults(&[runner, "good"], &["--json", "-"]);
    let report = json_of(&output);
    for case in ["faults/a-before", VICTIM, "faults/c-after"] {
        assert_eq!(run_of(&report, case, "good")["verdict"], "pass");
    }
    let runtime = report["runtimes"].as_array().and_then(|all| all.iter().find(|one| one["name"] == runner));
    let told = runtime.and_then(|one| one["unavailable"].as_str()).unwrap_or_default();
    assert!(told.contains(why), "{told}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains(why), "{stderr}");
    assert_eq!(output.status.code(), Some(NO_RUNTIME));
}

#[test]
fn a_handshake_that_says_nothing_makes_a_runtime_unavailable() {
    unavailable("bad-handshake", "its handshake is not the protocol's");
}

#[test]
fn a_protocol_of_another_version_makes_a_runtime_unavailable() {
    unavailable("wrong-version", "version 99");
}

#[test]
fn a_runner_that_ends_at_once_makes_a_runtime_unavailable_and_its_last_words_are_shown() {
    unavailable("dead", "no license found");
}

#[test]
fn a_slow_handshake_behind_a_banner_is_waited_for() {
    let output = run_faults(&["slow-handshake"], &[]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
}

#[test]
fn a_runtime_that_never_introduces_itself_is_given_up() {
    use samebytes::runtime::{Cancel, Limits, Spawned, Unavailable};
    let file = fixtures().join("runners/silent.js").display().to_string();
    let limits = Limits { handshake: std::time::Duration::from_millis(500), ..Limits::default() };
    let started = Spawned::start(vec!["node".to_owned(), file], limits, &Cancel::default());
    assert!(matches!(started, Err(Unavailable::Silent { .. })));
}

#[test]
fn a_program_that_does_not_exist_makes_a_runtime_unavailable() {
    let home = home();
    let mut command = samebytes(&home);
    command.arg("run").arg("--cases").arg(fixtures().join("faults"));
    let output = command.args(["--runtime", "x=no-such-program --flag"]).output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
    assert!(text(&output).contains("cannot start `no-such-program`"), "{}", text(&output));
}

#[cfg(unix)]
mod interrupted {
    use std::net::TcpListener;
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    /// Is there such a process, other than one that has ended and was not yet asked about?
    fn is_running(pid: i32) -> bool {
        match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'),
            Err(_) if Path::new("/proc/self/stat").exists() => false,
            Err(_) => Pid::from_raw(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok()),
        }
    }

    #[test]
    fn ctrl_c_reports_what_ran_and_leaves_no_process_behind() {
        let home = home();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its number").port().to_string();
        let mut command = samebytes(&home);
        command.arg("run").arg("--cases").arg(fixtures().join("faults"));
        command.args(["--runtime", &runtime("hang", "hang"), "--timeout", "3600"]);
        command.env("SAMEBYTES_FIXTURE_PORT", port).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("samebytes starts");
        let mut pids = String::new();
        listener.accept().expect("the runner tells").0.read_to_string(&mut pids).expect("its process ids");
        let pids: Vec<i32> = pids.split_whitespace().map(|pid| pid.parse().expect("a number")).collect();
        assert!(pids.len() == 2 && pids.iter().all(|pid| is_running(*pid)), "{pids:?}");

        let own = Pid::from_raw(child.id().cast_signed()).expect("a process id");
        kill_process(own, Signal::INT).expect("it can be interrupted");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130), "{}", text(&output));
        assert!(text(&output).contains("interrupted: 1 case"), "{}", text(&output));
        // Being killed takes the system a moment.
        let patience = Instant::now() + Duration::from_secs(20);
        while pids.iter().any(|pid| is_running(*pid)) {
            assert!(Instant::now() < patience, "left behind: {pids:?}");
            std::thread::yield_now();
        }
    }
}

fn plain(args: &[&str]) -> Output {
    samebytes(&home()).args(args).output().expect("samebytes runs")
}

#[test]
fn bad_usage_ends_with_2() {
    let faults = fixtures().join("faults").display().to_string();
    let twice = ["--runtime", "a=x", "--runtime", "a=y"];
    let bad: [&[&str]; 7] = [
        &["run", "--no-such-flag"],
        &["run", "--timeout", "0"],
        &["run", "--cases", &faults, "no-such-case"],
        &["run", "--cases", &faults, "{open"],
        &["run", "--cases", &faults, twice[0], twice[1], twice[2], twice[3]],
        &["run", "--cases", &faults, "--json", "/no/such/folder/report.json"],
        &["show", "--cases", &faults, "faults/"],
    ];
    for args in bad {
        let output = plain(args);
        assert_eq!(output.status.code(), Some(BAD_INPUT), "{args:?}: {}", text(&output));
        assert!(output.stdout.is_empty(), "{args:?}: {}", text(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains("error: "), "{args:?}: {}", text(&output));
    }
}

#[test]
fn a_folder_without_cases_and_one_that_is_not_there_are_errors() {
    let empty = home();
    for folder in [empty.path().to_owned(), empty.path().join("missing")] {
        let output = plain(&["check", &folder.display().to_string()]);
        assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains("error: "), "{}", text(&output));
    }
}

/// A folder of the fault cases, to which a test may add.
fn faults_copy() -> TempDir {
    let copy = home();
    fs::create_dir(copy.path().join("faults")).expect("a folder");
    for entry in fs::read_dir(fixtures().join("faults/faults")).expect("fixtures") {
        let entry = entry.expect("a file");
        fs::copy(entry.path(), copy.path().join("faults").join(entry.file_name())).expect("a copy");
    }
    copy
}

#[test]
fn a_bad_case_is_reported_and_the_good_ones_run() {
    let cases = faults_copy();
    fs::write(cases.path().join("faults/bad.yaml"), "title: no\nstesp: []\n").expect("written");
    let mut command = samebytes(&cases);
    command.args(["run", "--json", "-", "--cases"]).arg(cases.path());
    let output = command.args(["--runtime", &runtime("good", "good")]).output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("bad.yaml:2:1"), "{}", text(&output));
    assert_eq!(json_of(&output)["summary"]["verdicts"]["pass"], 3);
}

#[test]
fn a_huge_file_is_an_error_and_is_not_read() {
    let cases = faults_copy();
    let file = fs::File::create(cases.path().join("faults/huge.yaml")).expect("a file");
    file.set_len(100 << 20).expect("grown");
    let output = plain(&["check", &cases.path().display().to_string()]);
    assert_eq!(output.status.code(), Some(BAD_INPUT));
    assert!(text(&output).contains("huge.yaml") && text(&output).contains("bytes"), "{}", text(&output));
    assert!(text(&output).contains("3 cases, 1 problem"), "{}", text(&output));
}

const KNOWN: &str = r#"
- versions: "1.x"
  cases: "faults/*victim"
  verdict: fail
  reason: It cannot count
  link: https://example.org/1
"#;

fn run_known(runner: &str, known: &str) -> Output {
    let cases = faults_copy();
    fs::create_dir(cases.path().join("expectations")).expect("a folder");
    fs::write(cases.path().join("expectations/fixture.yaml"), known).expect("written");
    let mut command = samebytes(&cases);
    command.arg("run").arg("--cases").arg(cases.path());
    command.args(["--runtime", &runtime(runner, runner), "--runtime", &runtime("other", "good")]);
    command.output().expect("samebytes runs")
}

#[test]
fn a_known_failure_is_shown_with_its_link_and_is_as_expected() {
    // The good runner calls itself a fixture too, and its pass is not what is known.
    let known = KNOWN.replace("*victim", "*none");
    assert_eq!(run_known("wrong", &known).status.code(), Some(NEWS));
    let cases = faults_copy();
    fs::create_dir(cases.path().join("expectations")).expect("a folder");
    fs::write(cases.path().join("expectations/fixture.yaml"), KNOWN).expect("written");
    let mut command = samebytes(&cases);
    command.arg("run").arg("--cases").arg(cases.path()).args(["--runtime", &runtime("wrong", "wrong")]);
    let output = command.output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert!(text(&output).contains("known fail") && text(&output).contains("https://example.org/1"));
}

#[test]
fn a_known_failure_that_passes_or_fails_otherwise_is_news() {
    let fixed = run_known("good", KNOWN);
    assert_eq!(fixed.status.code(), Some(NEWS), "{}", text(&fixed));
    assert!(text(&fixed).contains("fixed"), "{}", text(&fixed));
    let changed = run_known("garbage", KNOWN);
    assert_eq!(changed.status.code(), Some(NEWS), "{}", text(&changed));
    assert!(text(&changed).contains("changed: crash"), "{}", text(&changed));
}

#[test]
fn mistakes_in_an_expectations_file_are_reported_with_their_places() {
    let output =
        run_known("good", &KNOWN.replace("verdict: fail", "verdict: pass").replace("  link", "  lnik"));
    assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("fixture.yaml:4:") && stderr.contains("fixture.yaml:6:"), "{stderr}");
}

#[test]
fn the_report_is_the_same_from_run_to_run_but_for_timing() {
    let report = || {
        let mut report = json_of(&run_faults(&["wrong", "good", "segfault"], &["--json", "-", "-j", "3"]));
        report.as_object_mut().expect("an object").remove("timing").expect("timing");
        serde_json::to_string(&report).expect("text")
    };
    assert_eq!(report(), report());
}

#[test]
fn a_reader_who_goes_away_is_no_error() {
    let home = home();
    let mut command = samebytes(&home);
    let faults = fixtures().join("faults");
    command.arg("list").arg("--cases").arg(faults).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("samebytes starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(EXPECTED), &b""[..]));
}

#[test]
fn filters_are_parts_of_ids_or_globs() {
    let list = |filter: &str| {
        let faults = fixtures().join("faults").display().to_string();
        String::from_utf8(plain(&["list", "--cases", &faults, filter]).stdout).expect("text").lines().count()
    };
    assert_eq!(list("victim"), 1);
    assert_eq!(list("faults/*"), 3);
    assert_eq!(list("faults/{a,c}-*"), 2);
}

#[test]
fn show_prints_the_case_and_its_guest_as_text() {
    let faults = fixtures().join("faults").display().to_string();
    let output = plain(&["show", "--cases", &faults, "victim"]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    for wanted in [VICTIM, "A guest returns seven", "#exec-const", "it.seven", "i32.const 7"] {
        assert!(text(&output).contains(wanted), "no {wanted}: {}", text(&output));
    }
}

#[test]
fn completions_and_the_schema_are_printed() {
    assert!(String::from_utf8_lossy(&plain(&["completions", "bash"]).stdout).contains("samebytes"));
    let schema: Value = serde_json::from_slice(&plain(&["schema"]).stdout).expect("JSON");
    assert!(schema.is_object(), "{schema}");
}
