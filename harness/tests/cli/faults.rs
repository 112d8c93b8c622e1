//! What goes wrong in a runner costs the case that met it, or the runtime, and nothing else.

use super::*;

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
fn a_guest_that_never_returns_costs_one_case_in_wasmtime_and_in_node() {
    let home = home();
    let mut command = samebytes(&home);
    command.arg("run").arg("--cases").arg(fixtures().join("endless"));
    command.args(["--runtime", "wasmtime", "--runtime", "node", "--timeout", "5", "--json", "-"]);
    let output = command.output().expect("samebytes runs");
    let report = json_of(&output);
    for runtime in ["wasmtime", "node"] {
        let endless = run_of(&report, "endless/loop", runtime);
        assert_eq!((&endless["verdict"], &endless["step"]), (&"timeout".into(), &2.into()), "{endless:#}");
        // Both saw the same, which is written once.
        match endless["same_as"].as_str() {
            Some(other) => assert_eq!((runtime, other), ("node", "wasmtime"), "{endless:#}"),
            None => assert_eq!(endless["observations"].as_array().map(Vec::len), Some(1), "{endless:#}"),
        }
    }
    assert_eq!(run_of(&report, "endless/next", "node")["verdict"], "pass");
    assert_eq!(run_of(&report, "endless/next", "wasmtime")["verdict"], "pass");
    assert_eq!(report["cases"][0]["agreement"], "agree", "both never end");
    assert_eq!(output.status.code(), Some(NEWS));
}

#[test]
fn a_guest_that_exhausts_memory_costs_one_case_in_wasmtime_and_in_node() {
    let home = home();
    let within = |gibibytes: u64, command: &str| {
        let limited = format!("ulimit -v {} && exec {command}", gibibytes << 20);
        // The runner's entry file comes after "sh", as the script's first argument.
        format!("sh -c {} sh", shell_words::quote(&limited))
    };
    let executor = shell_words::quote(env!("CARGO_BIN_EXE_samebytes")).into_owned() + " executor wasmtime";
    let mut command = samebytes(&home);
    command.arg("run").arg("--cases").arg(fixtures().join("hungry"));
    command.arg("--runtime").arg(format!("small-wasmtime={}", within(12, &executor)));
    command.arg("--runtime").arg(format!("small-node={}", within(24, "node \"$1\"")));
    let output = command.args(["--json", "-"]).output().expect("samebytes runs");
    let report = json_of(&output);
    for runtime in ["small-wasmtime", "small-node"] {
        let eats = run_of(&report, "hungry/eats", runtime);
        assert_eq!(eats["verdict"], "inconclusive", "{eats:#}");
        assert_eq!(run_of(&report, "hungry/next", runtime)["verdict"], "pass");
    }
    assert_eq!(output.status.code(), Some(EXPECTED));
}

#[test]
fn a_guest_that_never_returns_is_stopped_in_this_process_and_the_next_case_runs() {
    use std::sync::Arc;
    use std::time::Duration;

    use samebytes::engine::wasmtime::Wasmtime;
    use samebytes::runtime::{Cancel, End, InProcess, Runtime as _};
    use samebytes::suite::Source;
    use samebytes::verdict::{Verdict, judge};

    let suite = Source { cases: Some(fixtures().join("endless")), ..Source::default() }.read();
    assert_eq!((suite.cases.len(), suite.problems.len()), (2, 0));
    let mut wasmtime = InProcess::new(Arc::new(Wasmtime::new().expect("wasmtime runs here")));
    let endless = wasmtime.run(&suite.cases[0].plan, Duration::from_secs(1), &Cancel::default());
    assert_eq!(endless.end, End::TimedOut { after_ms: 1000 });
    let next = wasmtime.run(&suite.cases[1].plan, Duration::from_secs(600), &Cancel::default());
    assert_eq!(judge(&suite.cases[1], &next).verdict, Verdict::Pass, "{next:?}");
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
        screen.lines().any(|line| line.trim_start().starts_with("- step 2") && line.ends_with("gave 7")),
        "{screen}"
    );
    assert!(
        screen.lines().any(|line| line.trim_start().starts_with("+ step 2") && line.ends_with("gave 8")),
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
    assert_eq!(report["summary"]["not_run"], 1, "{report:#}");
    assert_eq!(output.status.code(), Some(NEWS));
}

#[test]
fn the_first_byte_behind_differing_digests_is_found() {
    let home = home();
    let mut command = samebytes(&home);
    command.arg("run").arg("--cases").arg(fixtures().join("bytes"));
    for runner in ["good", "other-bytes"] {
        command.arg("--runtime").arg(runtime(runner, runner));
    }
    let output = command.output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    for wanted in [
        "the first differing byte is at 0x11170",
        "good: 0x11160: 00000000 00000000 00000000 00000000 00000000",
        "other-bytes: 0x11160: 00000000 00000000 00000000 00000000 42000000",
    ] {
        assert!(text(&output).contains(wanted), "no {wanted}: {}", text(&output));
    }
}

#[test]
fn the_first_byte_that_was_read_differently_is_shown() {
    let cases = home();
    let folder = cases.path().join("bytes");
    fs::create_dir(&folder).expect("a folder");
    let digest = fs::read_to_string(fixtures().join("bytes/bytes/victim.yaml")).expect("a fixture");
    let read = digest.replace("digest: {buffer: mem}", "read: {buffer: mem, at: 69990, count: 40}");
    fs::write(folder.join("victim.yaml"), read).expect("written");
    let mut command = samebytes(&cases);
    command.arg("run").arg("--cases").arg(cases.path());
    for runner in ["good", "other-bytes"] {
        command.arg("--runtime").arg(runtime(runner, runner));
    }
    let output = command.output().expect("samebytes runs");
    assert!(text(&output).contains("the first differing byte is at 0x11170"), "{}", text(&output));
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
