//! The catalogue in cases/litmus/ against the model, and the other way round.

use super::language::{bundled, schema};
use super::model::{Verdict, outcomes};
use super::program::Test;

const ALLOWED: bool = true;
const FORBIDDEN: bool = false;

/// Beginnings of ids, and what the literature and the texts say of their outcome of interest. The
/// longest beginning counts.
const PUBLISHED: &[(&str, bool)] = &[
    // Sequential consistency forbids the outcome of interest of each classic shape; plain accesses allow those
    // of all shapes but the ones within one agent (Alglave et al., "Herding Cats"; Watt et al., "Weakening WebAssembly").
    ("2+2w[order=plain", ALLOWED),
    ("2+2w[order=seqcst", FORBIDDEN),
    ("corr[order=plain", ALLOWED),
    ("corr[order=seqcst", FORBIDDEN),
    ("corw[order=plain", ALLOWED),
    ("corw[order=seqcst", FORBIDDEN),
    ("corw-own", FORBIDDEN),
    ("cowr[order=plain", ALLOWED),
    ("cowr[order=seqcst", FORBIDDEN),
    ("cowr-own", FORBIDDEN),
    ("coww", FORBIDDEN),
    ("iriw[order=plain", ALLOWED),
    ("iriw[order=seqcst", FORBIDDEN),
    ("lb[order=plain", ALLOWED),
    ("lb[order=seqcst", FORBIDDEN),
    ("lb-control[order=plain", ALLOWED),
    ("lb-control[order=seqcst", FORBIDDEN),
    ("lb-data[order=plain", ALLOWED),
    ("lb-data[order=seqcst", FORBIDDEN),
    ("r[order=plain", ALLOWED),
    ("r[order=seqcst", FORBIDDEN),
    ("rwc[order=plain", ALLOWED),
    ("rwc[order=seqcst", FORBIDDEN),
    ("sb[order=plain", ALLOWED),
    ("sb[order=seqcst", FORBIDDEN),
    ("sb-exchange[load=plain", ALLOWED),
    ("sb-exchange[load=seqcst", FORBIDDEN),
    ("sb-width[order=plain", ALLOWED),
    ("sb-width[order=seqcst", FORBIDDEN),
    // It is the flag that orders, whatever the message is.
    ("isa2[data=plain,flags=plain", ALLOWED),
    ("isa2[data=plain,flags=seqcst", FORBIDDEN),
    ("isa2[data=seqcst,flags=plain", ALLOWED),
    ("isa2[data=seqcst,flags=seqcst", FORBIDDEN),
    ("mp[data=plain,flag=plain", ALLOWED),
    ("mp[data=plain,flag=seqcst", FORBIDDEN),
    ("mp[data=seqcst,flag=plain", ALLOWED),
    ("mp[data=seqcst,flag=seqcst", FORBIDDEN),
    ("mp-exchange", FORBIDDEN),
    ("mp-width[flag=plain", ALLOWED),
    ("mp-width[flag=seqcst", FORBIDDEN),
    ("s[data=plain,flag=plain", ALLOWED),
    ("s[data=plain,flag=seqcst", FORBIDDEN),
    ("s[data=seqcst,flag=plain", ALLOWED),
    ("s[data=seqcst,flag=seqcst", FORBIDDEN),
    ("wrc[", ALLOWED),
    ("wrc[x=seqcst,y=seqcst", FORBIDDEN),
    // Read-modify-writes are one event.
    ("compare-exchange", FORBIDDEN),
    ("increment", FORBIDDEN),
    ("rmw", FORBIDDEN),
    ("lock[unlock=plain", ALLOWED),
    ("lock[unlock=seqcst", FORBIDDEN),
    // Tear Free Reads.
    ("tearing-64[order=plain", ALLOWED),
    ("tearing-64[order=seqcst", FORBIDDEN),
    ("tearing-64-unaligned", ALLOWED),
    ("tearing-aligned", FORBIDDEN),
    ("tearing-two", FORBIDDEN),
    ("tearing-unaligned", ALLOWED),
    // Only equal ranges synchronize and are ordered.
    ("mixed-flag", ALLOWED),
    ("mixed-flag[width=4", FORBIDDEN),
    ("mixed-iriw", ALLOWED),
    ("mixed-message[flag=plain", ALLOWED),
    ("mixed-message[flag=seqcst", FORBIDDEN),
    ("mixed-overwrite", FORBIDDEN),
    // Critical sections order waiters and notifiers.
    ("hand-over", FORBIDDEN),
    ("hand-over-message[flag=plain", ALLOWED),
    ("hand-over-message[flag=seqcst", FORBIDDEN),
    // A growth is an atomic read-modify-write, and `memory.size` reads atomically; a buffer may be old.
    ("growth-bytes[flag=plain", ALLOWED),
    ("growth-bytes[flag=seqcst", FORBIDDEN),
    ("growth-message[flag=plain", ALLOWED),
    ("growth-message[flag=seqcst,reader=js", ALLOWED),
    ("growth-message[flag=seqcst,reader=wasm", FORBIDDEN),
    ("growth-sb[reader=js", ALLOWED),
    ("growth-sb[reader=wasm", FORBIDDEN),
    ("growth-shrinks[reader=js", ALLOWED),
    ("growth-shrinks[reader=wasm", FORBIDDEN),
    ("growth-twice", FORBIDDEN),
    // No rule of the text says what a fence orders.
    ("fence-mp[flag=plain", ALLOWED),
    ("fence-mp[flag=seqcst", FORBIDDEN),
    ("fence-sb", ALLOWED),
    // Watt et al., PLDI 2020: what ARMv8 does is allowed, what is free of races is interleaved.
    ("pldi2020-armv8[between=plain", ALLOWED),
    ("pldi2020-armv8[between=seqcst", FORBIDDEN),
    ("pldi2020-drf", FORBIDDEN),
];

fn shipped() -> Vec<Test> {
    let loaded = bundled();
    assert!(loaded.problems.is_empty(), "{}", loaded.problems[0]);
    loaded.tests
}

fn published(id: &str) -> Option<&'static (&'static str, bool)> {
    let name = id.strip_prefix("litmus/")?;
    PUBLISHED
        .iter()
        .filter(|(beginning, _)| name.starts_with(beginning))
        .max_by_key(|(beginning, _)| beginning.len())
}

#[test]
fn every_shipped_test_has_the_published_verdict() {
    let mut used = Vec::new();
    for test in shipped() {
        let (beginning, wanted) =
            published(&test.id).unwrap_or_else(|| panic!("nothing is known of {}", test.id));
        used.push(beginning);
        let found = outcomes(&test).unwrap_or_else(|error| panic!("{}: {error}", test.id));
        assert_eq!(found.allows_any(&test.interest), *wanted, "{}", test.id);
        assert!(found.allowed().next().is_some(), "{} has no outcome", test.id);
    }
    let unused: Vec<_> = PUBLISHED.iter().filter(|(beginning, _)| !used.contains(&beginning)).collect();
    assert!(unused.is_empty(), "no test is one of {unused:?}");
}

#[test]
fn no_shipped_hand_over_can_wait_for_ever() {
    let tests = shipped();
    let found: Vec<_> =
        tests.iter().map(|test| outcomes(test).unwrap()).filter_map(|found| found.stuck).collect();
    assert!(!found.is_empty());
    assert!(found.iter().all(|verdict| matches!(verdict, Verdict::Forbidden(_))));
}

#[test]
fn every_document_names_the_schema_and_stands_in_the_catalogue() {
    let readme = include_str!("../../../cases/litmus/README.md");
    let documents = crate::bundle::LITMUS.iter().filter(|(path, _)| !path.starts_with("expectations/"));
    for (path, text) in documents {
        let first = std::str::from_utf8(text).unwrap().lines().next().unwrap();
        assert_eq!(first, "# yaml-language-server: $schema=litmus.schema.json", "{path}");
        let name = path.trim_end_matches(".yaml");
        assert!(readme.contains(&format!("`{name}`")), "README.md does not speak of {name}");
    }
}

#[test]
fn the_checked_in_schema_is_up_to_date() {
    let wanted = serde_json::to_string_pretty(&schema()).unwrap();
    let found = include_str!("../../../cases/litmus/litmus.schema.json");
    assert!(
        found.trim_end() == wanted,
        "cases/litmus/litmus.schema.json is not what the code says: \
         `samebytes schema --litmus > cases/litmus/litmus.schema.json` renews it"
    );
}
