//! Bad input, known failures, and the commands that run nothing.

use super::*;

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

#[test]
fn every_shipped_known_failure_names_a_case_and_what_it_links_to_is_there() {
    let suite = samebytes::suite::Source::default().read();
    assert!(!suite.expectations.entries().is_empty());
    for entry in suite.expectations.entries() {
        let pattern = entry.cases.as_str();
        assert!(suite.cases.iter().any(|case| entry.cases.names(&case.id)), "{pattern} names no case");
        if !entry.link.starts_with("https://") {
            let finding = Path::new(env!("CARGO_MANIFEST_DIR")).join(&entry.link);
            assert!(finding.is_file(), "{pattern}: {} is not there", entry.link);
        }
    }
}
