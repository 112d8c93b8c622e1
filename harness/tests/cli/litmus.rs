//! `samebytes litmus`: listing and explaining.

use super::*;

const STORE_BUFFERING: &str = "litmus/sb[order=seqcst,p0=wasm,p1=js]";

fn litmus(args: &[&str]) -> Output {
    samebytes(&home()).arg("litmus").args(args).output().expect("samebytes runs")
}

#[test]
fn a_forbidden_outcome_is_explained_by_its_axiom_and_clause() {
    let output = litmus(&["explain", STORE_BUFFERING]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    let shown = text(&output);
    for wanted in [
        "of interest: r0=0 r1=0 is forbidden",
        "Sequentially Consistent Atomics",
        "https://tc39.es/ecma262/#sec-memory-order",
        "total order",
    ] {
        assert!(shown.contains(wanted), "no {wanted:?} in {shown}");
    }
}

#[test]
fn an_execution_is_drawn_for_graphviz() {
    let output = litmus(&["explain", STORE_BUFFERING, "--dot", "-"]);
    let graphs = String::from_utf8_lossy(&output.stdout);
    // None of interest is allowed, so that all three allowed outcomes are drawn.
    assert_eq!(graphs.matches("digraph ").count(), 3, "{graphs}");
    assert_eq!(graphs.matches('{').count(), graphs.matches('}').count());
}

#[test]
fn an_unknown_litmus_test_or_one_of_several_is_bad_input() {
    for wanted in ["no-such-test", "sb["] {
        let output = litmus(&["explain", wanted]);
        assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
    }
}

#[test]
fn a_folder_of_own_litmus_tests_is_listed_with_its_mistakes() {
    let folder = home();
    let good = "title: It is seen\nspec: https://example.org\nlocations: {x: 4}\nagents:\n  \
                a: [store: {at: x, value: 1}]\n  b: [load: {at: x, into: r}]\ninterest: {r: 1}\n";
    fs::write(folder.path().join("good.yaml"), good).expect("a file is written");
    fs::write(folder.path().join("bad.yaml"), good.replace("load", "laod")).expect("a file is written");
    let output = litmus(&["list", "--tests", &folder.path().display().to_string()]);
    assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
    let shown = text(&output);
    assert!(shown.contains("litmus/good  It is seen"), "{shown}");
    assert!(shown.contains("bad.yaml:6:7") && shown.contains("did you mean `load`?"), "{shown}");
}
