//! `samebytes litmus run`: faults that it must notice, executors that misbehave, and what is told.

use super::*;

const PLAIN: &str = "litmus/sb[order=plain,p0=wasm,p1=wasm]";
const SEQCST: &str = "litmus/sb[order=seqcst,p0=wasm,p1=wasm]";

fn litmus(home: &TempDir, args: &[&str]) -> Output {
    samebytes(home).args(["litmus", "run"]).args(args).output().expect("samebytes runs")
}

/// The same in the fixture that answers as it is told.
fn pretended(home: &TempDir, mode: &str, args: &[&str]) -> Output {
    let file = fixtures().join("runners/litmus.js");
    let runtime = format!("fixture=node {} {mode}", shell_words::quote(&file.display().to_string()));
    litmus(home, &[&["--runtime", &runtime], args].concat())
}

fn files(home: &TempDir, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(home.path()).expect("readable").filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.ends_with(ending)).collect()
}

#[test]
fn atomics_that_are_compiled_as_plain_accesses_are_caught_by_store_buffering() {
    let home = home();
    let args =
        ["--runtime", "wasmtime", "--mutant", "plain-atomics", "--iterations", "200000000", "--json", "-"];
    let output = litmus(&home, &[&[SEQCST], &args[..]].concat());
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    let report = json_of(&output);
    assert_eq!(report["runs"][0]["verdict"], "forbidden", "{report:#}");
    assert_eq!(files(&home, ".wat").len(), 1, "a reproduction");
}

#[test]
fn a_notify_that_is_lost_is_caught_by_the_hand_over() {
    let home = home();
    let args =
        ["litmus/hand-over[waiter=wasm,notifier=wasm]", "--runtime", "wasmtime", "--mutant", "lost-notify"];
    let output =
        litmus(&home, &[&args[..], &["--iterations", "1000", "--patience", "2", "--json", "-"]].concat());
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    assert_eq!(json_of(&output)["runs"][0]["verdict"], "hang", "{}", text(&output));
}

#[test]
fn a_size_that_is_kept_is_caught_by_the_growth_tests() {
    let home = home();
    let test = "litmus/growth-message[flag=seqcst,reader=wasm,writer=wasm]";
    let common = [test, "--runtime", "wasmtime", "--iterations", "3000", "--json", "-"];
    let output = litmus(&home, &[&common[..], &["--mutant", "stale-size"]].concat());
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    assert_eq!(json_of(&output)["runs"][0]["verdict"], "forbidden", "{}", text(&output));
    let sound = litmus(&home, &common);
    assert_eq!(sound.status.code(), Some(EXPECTED), "{}", text(&sound));
}

#[test]
fn a_forbidden_outcome_is_shown_and_leaves_a_script() {
    let home = home();
    let output = pretended(&home, "weak", &[SEQCST, "--iterations", "1000"]);
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    let said = text(&output);
    assert!(said.contains("*>r0=0; r1=0;  FORBIDDEN"), "{said}");
    assert!(said.contains("Verdict forbidden") && said.contains("seed "), "{said}");
    let scripts = files(&home, ".mjs");
    let script = fs::read_to_string(home.path().join(&scripts[0])).expect("a script");
    assert!(script.contains("(module") && script.contains("FORBIDDEN"));
}

#[test]
fn a_script_runs_by_itself_and_finds_nothing_in_a_sound_runtime() {
    let home = home();
    let output = pretended(&home, "weak", &[SEQCST, "--iterations", "1000"]);
    let scripts = files(&home, ".mjs");
    // A whole run takes a minute: the script is asked for less.
    let path = home.path().join(scripts.first().unwrap_or_else(|| panic!("{}", text(&output))));
    let script = fs::read_to_string(&path).expect("a script").replace("60_000", "1_500");
    fs::write(&path, script).expect("writable");
    let ran = Command::new("node").arg(&path).output().expect("node runs");
    assert_eq!(ran.status.code(), Some(EXPECTED), "{}", text(&ran));
    assert!(text(&ran).contains("allowed") && !text(&ran).contains("FORBIDDEN"), "{}", text(&ran));
}

#[test]
fn an_allowed_outcome_of_interest_is_no_failure() {
    let home = home();
    let output = pretended(&home, "weak", &[PLAIN, "--iterations", "1000"]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert!(text(&output).contains("allowed, not seen: r0=1; r1=1;"), "{}", text(&output));
}

#[test]
fn what_shows_nothing_weak_is_insensitive_and_no_pass() {
    let home = home();
    let output = pretended(&home, "strong", &[PLAIN, "--iterations", "1000"]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert!(text(&output).contains("INSENSITIVE: fixture"), "{}", text(&output));
    assert!(!text(&output).contains("Verdict pass"), "{}", text(&output));
    let output = pretended(&home, "strong", &[PLAIN, "--iterations", "1000", "--require-sensitive"]);
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
}

#[test]
fn hangs_crashes_and_garbage_cost_their_test_alone_and_print_nothing_unescaped() {
    let home = home();
    for (mode, verdict) in [("hang", "hang"), ("garbage", "crash"), ("hostile", "crash")] {
        let output = pretended(&home, mode, &[PLAIN, SEQCST, "--iterations", "1000", "--patience", "1"]);
        assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
        let said = text(&output);
        // Each new executor answers its first test as the control.
        assert!(said.contains(&format!("Verdict {verdict}")), "{mode}: {said}");
        assert!(!said.contains('\u{1b}'), "{mode}: {said}");
        assert!(said.contains(PLAIN) && said.contains(SEQCST), "{mode}: {said}");
    }
}

#[test]
fn a_test_that_is_not_there_and_a_runtime_that_is_not_there_are_told_apart() {
    let home = home();
    assert_eq!(litmus(&home, &["no-such-test"]).status.code(), Some(BAD_INPUT));
    let output = litmus(&home, &[PLAIN, "--runtime", "no-such-runtime"]);
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
}

#[test]
fn javascript_and_wasm_agents_meet_at_one_barrier_in_node() {
    let home = home();
    let args = ["litmus/sb[order=seqcst,*", "--runtime", "node", "--iterations", "20000", "--json", "-"];
    let output = litmus(&home, &args);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    let report = json_of(&output);
    let runs = report["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 4, "{report:#}");
    for run in runs {
        assert!(run["iterations"].as_u64() >= Some(20_000), "{run:#}");
        let counted: u64 =
            run["histogram"].as_array().expect("rows").iter().filter_map(|row| row["count"].as_u64()).sum();
        assert_eq!(Some(counted), run["iterations"].as_u64(), "{run:#}");
    }
}

#[test]
fn equal_seeds_make_equal_settings() {
    let home = home();
    let settings = || {
        let args = [PLAIN, "--runtime", "native", "--iterations", "10", "--seed", "7", "--json", "-"];
        json_of(&litmus(&home, &args))["runs"][0]["settings"].clone()
    };
    assert_eq!(settings(), settings());
    assert_eq!(settings()["seed"], 7);
}
