//! Input that nobody means well: it gives problems, never a panic and never a long wait.

use proptest::prelude::*;

use super::*;

const VALID: &str = include_str!("valid.yaml");

fn problems(bytes: &[u8]) -> Vec<String> {
    let loaded = load([Source::embedded("t/case.yaml", bytes)], &|_| None);
    loaded.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn the_document_that_is_mutated_is_valid() {
    assert_eq!(problems(VALID.as_bytes()), Vec::<String>::new());
}

#[test]
fn a_file_that_is_too_large_is_one_error_and_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.yaml");
    // Sparse: nobody writes 100 MB for this.
    std::fs::File::create(&path).unwrap().set_len(100 << 20).unwrap();
    std::fs::create_dir(folder.path().join("t")).unwrap();
    std::fs::write(folder.path().join("t/good.yaml"), VALID).unwrap();
    let sources = directory(folder.path()).unwrap();
    assert!(matches!(sources[0].content, Content::TooLarge(104_857_600)));
    let loaded = load(sources, &|_| None);
    let [problem] = &loaded.problems[..] else { panic!("{:?}", loaded.problems) };
    assert_eq!(problem.message, "a file has at most 1048576 bytes, and this one has 104857600");
    assert!(loaded.cases.iter().any(|case| case.id.starts_with("t/good")), "the good file is loaded");
}

#[test]
fn what_is_not_utf8_is_shown_at_its_byte() {
    let [problem] = &problems(b"title: a\nspec: \xff\xfe\n")[..] else { panic!() };
    assert!(
        problem.starts_with(
            "error: this is not UTF-8: byte 15 of the file is 0xff\n --> cases/t/case.yaml:2:7\n"
        )
    );
}

#[test]
fn an_empty_file_is_one_error() {
    for text in ["", "\n\n", "# only a comment\n", "---\n"] {
        let [problem] = &problems(text.as_bytes())[..] else {
            panic!("{text:?}: {:?}", problems(text.as_bytes()))
        };
        assert!(problem.starts_with("error: this file is empty"), "{problem}");
    }
}

#[test]
fn an_empty_folder_is_nothing_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = load(directory(folder.path()).unwrap(), &|_| None);
    assert!(loaded.cases.is_empty() && loaded.problems.is_empty());
}

#[test]
fn parameters_cannot_blow_a_document_up() {
    let long = "x".repeat(300_000);
    let uses = "${a}".repeat(10_000);
    let text = format!("params:\n  - {{a: {long}}}\ntitle: \"{uses}\"\n");
    assert!(problems(text.as_bytes()).iter().any(|problem| problem.contains("too long")));
    let many: Vec<String> = (0..200).map(|n| n.to_string()).collect();
    let text = format!("params: {{a: [{0}], b: [{0}]}}\ntitle: x\n", many.join(", "));
    assert!(problems(text.as_bytes()).iter().any(|problem| problem.contains("more than 1000 cases")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        problems(&bytes);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "[-a-z0-9:{}\\[\\] \n|>&*!%@#'\"$,.?é\u{202e}\t]{0,300}") {
        problems(text.as_bytes());
    }

    #[test]
    fn a_mutated_case_never_panics(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..20, ".{0,6}"), 1..4),
    ) {
        let mut bytes = VALID.as_bytes().to_vec();
        for (at, length, with) in changes {
            let at = at.index(bytes.len());
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, with.into_bytes());
        }
        problems(&bytes);
    }

    #[test]
    fn a_case_with_swapped_words_never_panics(a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        let mut words: Vec<&str> = VALID.split_inclusive([' ', ',', '\n', '}', ']', ':']).collect();
        let (a, b) = (a.index(words.len()), b.index(words.len()));
        words.swap(a, b);
        problems(words.concat().as_bytes());
    }
}
