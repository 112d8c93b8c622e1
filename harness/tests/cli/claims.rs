//! `samebytes claims` from outside.

use super::*;

/// The fault cases, of which the victim bears on two claims.
fn cases() -> TempDir {
    let copy = home();
    fs::create_dir(copy.path().join("faults")).expect("a folder");
    for entry in fs::read_dir(fixtures().join("faults/faults")).expect("fixtures") {
        let entry = entry.expect("a file");
        let mut text = fs::read_to_string(entry.path()).expect("a case");
        if entry.file_name() == "b-victim.yaml" {
            text = text.replace("expect: 7}", "expect: 7, decides: 1}");
            text.push_str("claims: {1: supports, 2: refutes}\n");
        }
        fs::write(copy.path().join("faults").join(entry.file_name()), text).expect("a copy");
    }
    let claims = "- {id: 1, slug: seven, text: The guest returns seven}\n\
        - {id: 2, slug: eight, text: The guest returns something else, about: [fixture]}\n\
        - {id: 3, slug: fast, text: The guest is fast, open: measurement}\n";
    fs::write(copy.path().join("claims.yaml"), claims).expect("written");
    copy
}

fn claims(cases: &TempDir, args: &[&str]) -> Output {
    let mut command = samebytes(cases);
    command.args(["claims", "--cases"]).arg(cases.path()).args(args);
    command.args(["--runtime", &runtime("good", "good"), "--runtime", &runtime("wrong", "wrong")]);
    command.output().expect("samebytes runs")
}

#[test]
fn claims_are_decided_by_what_runtimes_do_and_a_refuted_one_is_no_failure() {
    let cases = cases();
    let output = claims(&cases, &[]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    let screen = String::from_utf8_lossy(&output.stdout);
    for wanted in [
        " 1  differs by runtime  The guest returns seven",
        "    holds in good; refuted in wrong",
        "    supports  faults/b-victim",
        "            good: gave 7",
        "            wrong: gave 8",
        " 3  not yet measured  The guest is fast",
        "3 claims by 1 case in 2 runtimes: 2 differs by runtime, 1 not yet measured",
    ] {
        assert!(screen.contains(wanted), "no {wanted}: {screen}");
    }
    assert!(screen.lines().all(|line| line.chars().count() <= 100), "{screen}");
}

#[test]
fn the_report_on_claims_says_what_was_observed() {
    let cases = cases();
    let report = json_of(&claims(&cases, &["1", "--json", "-"]));
    let claims = report["claims"].as_array().expect("claims");
    assert_eq!(claims.len(), 1);
    assert_eq!((&claims[0]["id"], &claims[0]["conclusion"]), (&1.into(), &"differs".into()));
    assert_eq!(claims[0]["findings"][1]["finding"], "refuted");
    let run = &claims[0]["cases"][0]["runs"][1];
    assert_eq!((&run["runtime"], &run["evidence"]), (&"wrong".into(), &"refutes".into()));
    assert_eq!(run["observations"][0]["values"][0]["value"], "8");
}

#[test]
fn claims_that_nobody_made_are_errors() {
    let cases = cases();
    let output = claims(&cases, &["34"]);
    assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
    fs::write(cases.path().join("claims.yaml"), "- {id: 1, slug: seven, text: It is seven}\n")
        .expect("written");
    let output = claims(&cases, &[]);
    assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
    assert!(text(&output).contains("there is no claim 2 in claims.yaml"), "{}", text(&output));
}

#[test]
fn a_runtime_that_is_not_to_be_had_ends_claims_with_3() {
    let cases = cases();
    let output = claims(&cases, &["--runtime", "none=/no/such/runtime"]);
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
    assert!(text(&output).contains("refuted in wrong"), "{}", text(&output));
}
