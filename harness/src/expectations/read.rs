//! An expectations file: a list of what is known of a runtime. The file's name is the runtime's.

use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "schema")]
use schemars::{Schema, SchemaGenerator, json_schema};
use semver::VersionReq;

use super::{Entry, Expectations, Pattern};
use crate::case::decode::{At, Count, Decode, Flag, Report, Text, record};
use crate::case::document::Link;
use crate::case::node::{Kind, Node};
use crate::case::{self, Content, Place, Problem, SourceText, yaml};
use crate::verdict::Verdict;

record! {
    /// A known failure of a runtime.
    EntryForm {
        /// The versions that have it, as a range: `>=1.2.23, <1.3.6`.
        "versions" versions: Range,
        /// Where, if not everywhere: `linux-x64`, or a beginning of it.
        "platform" platform: Option<Text>,
        /// In which variants of the runtime, if not in all; `default` is the runtime as it comes.
        "variants" variants: Option<Vec<Text>>,
        /// The cases, by a glob over ids.
        "cases" cases: Cases,
        /// What they come to.
        "verdict" verdict: Known,
        /// At which step, if that is to be the same too.
        "step" step: Option<Count>,
        /// Whether it depends on chance, so that a pass is no news.
        "sometimes" sometimes: Option<Flag>,
        /// Why, in a sentence.
        "reason" reason: Text,
        /// Where it is filed: a link, or a finding of this repository.
        "link" link: Filed,
    }
}

/// Reads a scalar with a parser of its own.
fn parsed<T, E: ToString>(
    node: &Node,
    report: &mut Report,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    let At { value, span } = Text::decode(node, report)?;
    parse(&value).map_err(|error| report.error(&span, error.to_string())).ok()
}

#[cfg(feature = "schema")]
fn text_schema() -> Schema {
    json_schema!({"type": "string"})
}

/// Where a failure is filed: `https://...`, or `reports/findings/NAME.md`.
#[derive(Clone, Debug)]
pub struct Filed(String);

impl Decode for Filed {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        if let Kind::Scalar(scalar) = &node.kind
            && is_finding(&scalar.text)
        {
            return Some(Self(scalar.text.clone()));
        }
        Link::decode(node, report).map(|link| Self(link.0))
    }

    #[cfg(feature = "schema")]
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^(https?://|reports/findings/.*\\.md$)"})
    }
}

fn is_finding(text: &str) -> bool {
    let name = text.strip_prefix("reports/findings/").and_then(|rest| rest.strip_suffix(".md"));
    name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
    })
}

#[derive(Clone, Debug)]
pub struct Range(VersionReq);

impl Decode for Range {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        parsed(node, report, |text| {
            VersionReq::parse(text).map_err(|error| format!("`{text}` is no range of versions: {error}"))
        })
        .map(Self)
    }

    #[cfg(feature = "schema")]
    fn schema(_: &mut SchemaGenerator) -> Schema {
        text_schema()
    }
}

#[derive(Clone, Debug)]
pub struct Cases(At<Pattern>);

impl Decode for Cases {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let value = parsed(node, report, Pattern::new)?;
        Some(Self(At { value, span: node.span.clone() }))
    }

    #[cfg(feature = "schema")]
    fn schema(_: &mut SchemaGenerator) -> Schema {
        text_schema()
    }
}

#[derive(Clone, Debug)]
pub struct Known(Verdict);

impl Decode for Known {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let known =
            || Verdict::ALL.into_iter().filter(|v| !matches!(v, Verdict::Pass | Verdict::Inconclusive));
        parsed(node, report, |text| {
            known().find(|verdict| verdict.name() == text).ok_or_else(|| {
                let names: Vec<&str> = known().map(Verdict::name).collect();
                format!("`{text}` is not what can be known; that is one of {}", names.join(", "))
            })
        })
        .map(Self)
    }

    #[cfg(feature = "schema")]
    fn schema(_: &mut SchemaGenerator) -> Schema {
        text_schema()
    }
}

impl Expectations {
    /// Adds what a file says; what is wrong with it is added to `problems`, and of a file with
    /// problems nothing is known. The file's name, without its ending, is the runtime's.
    pub fn add_file(&mut self, file: &str, content: Content, problems: &mut Vec<Problem>) {
        let source = match case::text(file, &content) {
            Ok(source) => source,
            Err(problem) => return problems.push(problem),
        };
        self.files.insert(file.to_owned(), source.text.clone());
        let runtime = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        match yaml::parse(&source) {
            Ok(node) if node.is_null() => {}
            Ok(node) => {
                let mut report = Report::new(&source);
                let forms = Vec::<EntryForm>::decode(&node, &mut report);
                if report.problems.is_empty() {
                    let runtime = runtime.unwrap_or_default();
                    self.extend(forms.into_iter().flatten().map(|form| form.entry(&runtime, &source)));
                }
                problems.append(&mut report.problems);
            }
            Err(problem) => problems.push(problem),
        }
    }
}

impl EntryForm {
    fn entry(self, runtime: &str, source: &Arc<SourceText>) -> Entry {
        let line = Place::new(source, self.cases.0.span.clone()).line();
        Entry {
            runtime: runtime.to_owned(),
            versions: self.versions.0,
            platform: self.platform.map(|platform| platform.value),
            variants: self.variants.into_iter().flatten().map(|variant| variant.value).collect(),
            cases: self.cases.0.value,
            verdict: self.verdict.0,
            step: self.step.map(|step| step.value),
            sometimes: self.sometimes.is_some_and(|sometimes| sometimes.value),
            reason: self.reason.value.trim().to_owned(),
            link: self.link.0,
            place: format!("{}:{line}", source.file),
        }
    }
}
