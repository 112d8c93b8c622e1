use super::*;

fn read(text: &str) -> Result<Matrix, Vec<Problem>> {
    Matrix::read("matrix.yaml", &Content::Bytes(text.as_bytes().to_vec()))
}

#[test]
fn the_shipped_matrix_is_one_whose_runtimes_have_names_of_their_own() {
    let matrix = Matrix::shipped().expect("no problems");
    let choices = matrix.choices().expect("all mean something");
    assert!(choices.len() >= 15, "{choices:#?}");
}

#[test]
fn a_row_may_make_a_variant_of_its_own() {
    let text = "runtimes:
  - {runtime: wasmtime}
  - runtime: x
    command: /bin/x --a
    variant: odd
    arguments: [--b]
    environment: {C: '1'}
";
    let choices = read(text).expect("valid").choices().expect("valid");
    assert_eq!(choices[1].name, "x+odd");
    assert_eq!(choices[1].command_text(), "C=1 /bin/x --a --b node-runner/main.js");
}

#[test]
fn what_is_wrong_is_told_with_its_place_all_at_once() {
    let text = "runtimes:
  - {runtime: node, arguments: [--a]}
  - {runtime: node, verison: 3}
timeout: 0
";
    let problems = read(text).expect_err("three mistakes");
    let lines: Vec<_> = problems.iter().filter_map(|p| Some(p.place.as_ref()?.line())).collect();
    assert_eq!(lines.len(), problems.len());
    assert!(lines.contains(&3), "{problems:#?}");
    let text = "runtimes:\n  - {runtime: node, arguments: [--a]}\ntimeout: 0\n";
    assert_eq!(read(text).expect_err("two mistakes").len(), 2);
}

#[test]
fn a_variant_that_nobody_knows_needs_arguments_or_an_environment() {
    let matrix = read("runtimes: [{runtime: wasmtime, variant: fast}]").expect("well-formed");
    assert!(matches!(matrix.choices(), Err(ChoiceError::Variant { .. })));
}
