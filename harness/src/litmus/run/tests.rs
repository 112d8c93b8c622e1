use super::control::control_test;
use super::job::build;
use super::*;

#[test]
fn the_control_makes_a_module() {
    let built = build(&control_test(), &Settings::default(), None).expect("it is a test");
    assert!(built.job.native.is_some());
}
