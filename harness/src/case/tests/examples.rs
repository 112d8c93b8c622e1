//! What is documented loads: the README's example, and every verb of its table.

use super::*;

fn readme() -> &'static str {
    include_str!("../../../../cases/README.md")
}

#[test]
fn the_example_of_the_readme_loads() {
    let example = readme().split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let cases = cases(example);
    assert_eq!(cases.len(), 1);
    println!("{:#?}", cases[0]);
}
