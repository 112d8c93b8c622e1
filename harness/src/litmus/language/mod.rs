//! The litmus language: YAML documents to tests. What it shares with the case language (YAML with
//! places, strict decoding, `params`, diagnostics) comes from `case`; what tests mean is `program`'s.
//!
//! cases/litmus/README.md describes the language itself.

mod document;
mod op;
mod resolve;
mod words;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::program::Test;
use crate::bundle;
use crate::case::decode::{Decode as _, Report};
use crate::case::document::Params;
use crate::case::node::Node;
use crate::case::{self, Problem, Source, is_case};
use crate::expectations::Expectations;
use document::Litmus;

/// The folder of litmus tests below that of the cases, and the first part of every test's id.
pub const FOLDER: &str = "litmus";

/// Tests that were read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The tests of all files without problems, sorted by id.
    pub tests: Vec<Test>,
    /// What is known of runtimes.
    pub expectations: Expectations,
    /// All problems of all files.
    pub problems: Vec<Problem>,
}

/// The tests that the suite ships.
pub fn bundled() -> Loaded {
    let sources = bundle::LITMUS.iter().map(|(path, bytes)| Source {
        shown: format!("cases/{FOLDER}/{path}"),
        ..Source::embedded(path, bytes)
    });
    let (tests, known): (Vec<_>, Vec<_>) = sources.partition(|source| is_case(&source.path));
    load(tests).with_known(known)
}

/// The tests of a folder and the folders in it.
///
/// # Errors
///
/// A folder that cannot be listed. A file that cannot be read becomes a problem.
pub fn directory(folder: &Path) -> io::Result<Loaded> {
    let known = match case::directory(&folder.join("expectations")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        known => known?,
    };
    Ok(load(case::directory(folder)?).with_known(known))
}

impl Loaded {
    /// Adds files of known failures, which are called like their runtimes. An entry that names no
    /// test is a problem, unless a test could not be read.
    fn with_known(mut self, files: Vec<Source>) -> Self {
        let whole = self.problems.is_empty();
        for file in files {
            self.expectations.add_file(&file.shown, file.content, &mut self.problems);
        }
        let unmatched = self.expectations.unmatched(self.tests.iter().map(|test| test.id.as_str()));
        self.problems.extend(unmatched.into_iter().filter(|_| whole).map(|entry| {
            Problem::of_file(entry.place, format!("no litmus test is called `{}`", entry.cases))
        }));
        self
    }
}

/// The tests of these files. A file with problems gives problems and no tests, all others give
/// theirs.
pub fn load(sources: impl IntoIterator<Item = Source>) -> Loaded {
    let mut loaded = Loaded::default();
    for source in sources {
        let path = source.path.trim_end_matches(".yaml").trim_end_matches(".yml");
        let id = format!("{FOLDER}/{path}");
        match case::text(&source.shown, &source.content) {
            Ok(text) => {
                let (mut tests, mut problems) = case::documents(&id, &text, &mut test);
                loaded.tests.append(&mut tests);
                loaded.problems.append(&mut problems);
            }
            Err(problem) => loaded.problems.push(problem),
        }
    }
    loaded.tests.sort_by(|a, b| a.id.cmp(&b.id));
    loaded
}

fn test(id: &str, document: &Node, report: &mut Report) -> Option<Test> {
    let document = Litmus::decode(document, report)?;
    // Expanded before; nothing is left to do with it.
    let _: &Option<Params> = &document.params;
    resolve::resolve(id, &document, report)
}

/// The schema of a litmus test, for editors. It is checked in as `cases/litmus/litmus.schema.json`.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Litmus>();
    schema.insert("title".to_owned(), "A samebytes litmus test".into());
    schema.to_value()
}
