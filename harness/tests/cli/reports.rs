//! Reports that are files, and what can be done with them later: `report`, `merge`, `diff`.

use super::*;

fn in_home(home: &TempDir, args: &[&str]) -> Output {
    samebytes(home).args(args).output().expect("samebytes runs")
}

/// Writes the machine-readable report of fault cases in two runtimes.
fn write_report(home: &TempDir, file: &str, runners: [&str; 2], filters: &[&str]) {
    let mut command = samebytes(home);
    command.arg("run").args(filters).arg("--cases").arg(fixtures().join("faults")).args(["--json", file]);
    for (name, runner) in ["one", "other"].iter().zip(runners) {
        command.arg("--runtime").arg(runtime(name, runner));
    }
    let output = command.output().expect("samebytes runs");
    assert!(home.path().join(file).exists(), "{}", text(&output));
}

fn read(home: &TempDir, file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(home.path().join(file)).expect("a file")).expect("JSON")
}

#[track_caller]
fn assert_bad(output: &Output, wanted: &[&str]) {
    assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(output));
    assert!(output.stdout.is_empty(), "{}", text(output));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("error: ") && wanted.iter().all(|one| stderr.contains(one)),
        "{wanted:?}: {stderr}"
    );
}

#[test]
fn a_run_writes_every_report_that_is_asked_for() {
    let home = home();
    let mut command = samebytes(&home);
    command.arg("run").arg("--cases").arg(fixtures().join("faults")).args(["--json", "-", "--annotations"]);
    command.args(["--html", "a.html", "--junit", "b.xml", "--markdown", "c.md"]);
    let output = command.args(["--runtime", &runtime("wrong", "wrong")]).output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    assert_eq!(json_of(&output)["summary"]["news"], 1, "annotations leave standard output to the report");
    let annotation =
        "::error title=faults/b-victim::A guest returns seven%0Awrong: unexpected fail at step 2";
    assert!(String::from_utf8_lossy(&output.stderr).contains(annotation), "{}", text(&output));
    for (file, wanted) in [
        ("a.html", "<!doctype html>"),
        ("b.xml", r#"<failure message="fail: expected 7, it gave 8" type="fail">"#),
        ("c.md", "**fail** wrong faults/b-victim at step 2"),
    ] {
        let text = fs::read_to_string(home.path().join(file)).expect("it was written");
        assert!(text.contains(wanted), "{file}: {text}");
    }
}

#[test]
fn reports_can_be_made_later_and_are_the_same() {
    let home = home();
    let mut command = samebytes(&home);
    command.arg("run").arg("--cases").arg(fixtures().join("faults")).args(["--json", "r.json"]);
    command.args(["--html", "a.html", "--junit", "a.xml", "--markdown", "a.md"]);
    command.args(["--runtime", &runtime("wrong", "wrong")]).output().expect("samebytes runs");
    let later = ["report", "r.json", "--html", "b.html", "--junit", "b.xml", "--markdown", "b.md"];
    let output = in_home(&home, &later);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    for kind in ["html", "md"] {
        let read =
            |name: &str| fs::read_to_string(home.path().join(format!("{name}.{kind}"))).expect("written");
        assert_eq!(read("a"), read("b"), "{kind}");
    }
    // JUnit's times are rounded, and nothing else may differ.
    let read = |name: &str| fs::read_to_string(home.path().join(name)).expect("written");
    assert_eq!(read("a.xml"), read("b.xml"));
    let output = in_home(&home, &["report", "r.json", "--annotations"]);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("::error title=faults/b-victim::"));
    assert_bad(&in_home(&home, &["report", "r.json"]), &["no report is asked for"]);
}

#[test]
fn an_annotation_names_the_file_where_it_is_one_of_the_folder_it_is_run_in() {
    let home = home();
    fs::create_dir_all(home.path().join("cases/faults")).expect("a folder");
    let case = fixtures().join("faults/faults/b-victim.yaml");
    fs::copy(case, home.path().join("cases/faults/b-victim.yaml")).expect("a copy");
    let wrong = runtime("wrong", "wrong");
    let output = in_home(&home, &["run", "--cases", "cases", "--runtime", &wrong, "--annotations"]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let annotation = stdout.lines().find(|line| line.starts_with("::error")).unwrap_or_default();
    assert!(annotation.starts_with("::error file=cases/faults/b-victim.yaml,line="), "{}", text(&output));
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_before_anything_runs() {
    let home = home();
    let faults = fixtures().join("faults").display().to_string();
    let started = home.path().join("started");
    for flag in ["--json", "--html", "--junit", "--markdown"] {
        let mut command = samebytes(&home);
        command.args(["run", "--cases", &faults, flag, "/no/such/folder/report"]);
        command.args(["--runtime", &runtime("once", "once")]).env("SAMEBYTES_FIXTURE_FILE", &started);
        let output = command.output().expect("samebytes runs");
        assert_bad(&output, &["cannot write the report to /no/such/folder/report"]);
        assert!(!started.exists(), "{flag}: a runtime was started");
    }
    let run = |more: &[&str]| {
        let wrong = runtime("wrong", "wrong");
        let args = [&["run", "--cases", faults.as_str(), "--runtime", wrong.as_str()], more].concat();
        in_home(&home, &args)
    };
    assert_bad(&run(&["--json", "-", "--html", "-"]), &["standard output is wanted for several reports"]);
    assert_bad(&run(&["--junit", "x", "--html", "x"]), &["x is wanted for several reports"]);
    assert_bad(&run(&["--html", "x", "--previous", "missing.json"]), &["missing.json"]);
}

#[test]
fn what_is_no_report_is_an_error_with_its_file_and_place() {
    let home = home();
    write_report(&home, "good.json", ["good", "good"], &[]);
    let text = fs::read_to_string(home.path().join("good.json")).expect("written");
    let write = |name: &str, text: &str| fs::write(home.path().join(name), text).expect("written");
    write("cut.json", &text[..text.len() / 2]);
    write("other.json", &text.replacen("\"schema\":1", "\"schema\":9", 1));
    write("shape.json", &text.replacen("\"pass\"", "\"maybe\"", 1));
    write("empty.json", "");
    for (file, wanted) in [
        ("cut.json", "line "),
        ("shape.json", "unknown variant `maybe`"),
        ("empty.json", "line 1"),
        ("other.json", "version 9 of the schema, and this samebytes reads version 1"),
        ("missing.json", "cannot read"),
    ] {
        let good = "good.json";
        for args in [
            &["diff", file, good][..],
            &["diff", good, file],
            &["merge", good, file],
            &["report", file, "--html", "page.html"],
            &["report", good, "--html", "page.html", "--previous", file],
        ] {
            assert_bad(&in_home(&home, args), &[file, wanted]);
        }
    }
    assert!(!home.path().join("page.html").exists(), "nothing was begun");
}

#[test]
fn merged_shards_are_the_report_of_one_run_to_the_byte_but_for_timing() {
    let home = home();
    write_report(&home, "whole.json", ["wrong", "good"], &[]);
    write_report(&home, "1.json", ["wrong", "good"], &["faults/{a,c}-*"]);
    write_report(&home, "2.json", ["wrong", "good"], &["victim"]);
    let output =
        in_home(&home, &["merge", "2.json", "1.json", "--json", "merged.json", "--junit", "merged.xml"]);
    assert_eq!(output.status.code(), Some(NEWS), "as the one run: {}", text(&output));
    let without_timing = |file: &str| {
        let text = fs::read_to_string(home.path().join(file)).expect("written");
        let (rest, _) = text.split_once("\n \"timing\":").expect("timing comes last");
        rest.to_owned()
    };
    assert_eq!(without_timing("merged.json"), without_timing("whole.json"));
    let runs = read(&home, "merged.json")["timing"]["runs_ms"]["one"].as_object().map(|runs| runs.len());
    assert_eq!(runs, Some(3));
    let output = in_home(&home, &["merge", "2.json", "1.json"]);
    assert_eq!(json_of(&output)["summary"]["cases"], 3, "standard output, where nothing else is said");
}

#[test]
fn shards_that_do_not_fit_together_are_an_error() {
    let home = home();
    write_report(&home, "1.json", ["good", "good"], &["victim"]);
    write_report(&home, "2.json", ["good", "good"], &["victim", "faults/a-*"]);
    assert_bad(
        &in_home(&home, &["merge", "1.json", "2.json", "--json", "out.json"]),
        &["1.json and 2.json both have the case faults/b-victim"],
    );
    let mut shard = read(&home, "1.json");
    shard["shard"] = serde_json::json!({"number": 2, "of": 3});
    fs::write(home.path().join("3.json"), shard.to_string()).expect("written");
    assert_bad(&in_home(&home, &["merge", "3.json"]), &["not every shard is here: 1, 3 of 3 missing"]);
    assert!(!home.path().join("out.json").exists());
}

#[test]
fn diff_ends_with_1_for_a_new_failure_and_with_0_when_it_is_fixed() {
    let home = home();
    write_report(&home, "good.json", ["good", "good"], &[]);
    write_report(&home, "bad.json", ["wrong", "good"], &[]);
    let output = in_home(&home, &["diff", "good.json", "bad.json"]);
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    let wanted = "new failures\n  one  faults/b-victim  pass -> fail\n    expected 7, it gave 8\n";
    assert!(String::from_utf8_lossy(&output.stdout).contains(wanted), "{}", text(&output));
    let output = in_home(&home, &["diff", "bad.json", "good.json"]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("fixed: 1, diverging no more: 1"),
        "{}",
        text(&output)
    );
    let output = in_home(&home, &["diff", "good.json", "good.json"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(EXPECTED), &b"no case changed\n"[..]));
}
