//! Loading: files to cases. Nothing stops at the first problem, and a bad file costs no other file.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bearing::Bearing;
use super::decode::{Decode, Report};
use super::document::{Document, Params};
use super::expect::Expected;
use super::node::Node;
use super::params::{self, Expansion};
use super::plan::Plan;
use super::problem::{Place, Problem, SourceText, quoted};
use super::resolve::{StepInfo, resolve};
use super::source::{Content, MOST_BYTES, Source};
use super::yaml;

/// A case, ready to be run and judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// `category/file`, and `category/file[k=v]` with `params`.
    pub id: String,
    /// The folder.
    pub category: String,
    /// The document that it comes from, shared by all its cases.
    pub source: Arc<SourceText>,
    /// A sentence that is true when the case passes.
    pub title: String,
    /// The links to the clauses that make it true.
    pub spec: Vec<String>,
    /// How it bears on claims, by their numbers.
    pub claims: BTreeMap<u32, Bearing>,
    /// Why differences fail nobody, if so.
    pub contested: Option<Contested>,
    /// What is run.
    pub plan: Plan,
    /// What is expected, by the number of the step or callback. The result of a started step comes
    /// under the number of its join, and so does its expectation. A step that is absent is only
    /// compared between runtimes.
    pub expected: BTreeMap<u32, Expected>,
    /// How each step and callback of the plan is written, by its number.
    pub steps: BTreeMap<u32, StepInfo>,
    /// The text of the guests that are written as text, with parameters filled in, by name.
    pub wat: BTreeMap<String, String>,
}

/// Why differences in a case fail nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contested {
    /// Where the contradiction is discussed.
    pub link: String,
    /// Who contradicts whom.
    pub reason: String,
}

/// What was loaded.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The cases of all files without problems, in the order of the files.
    pub cases: Vec<Case>,
    /// All problems of all files.
    pub problems: Vec<Problem>,
}

/// Load cases. `guests` gives the bytes of a file in guests/ by its path there.
///
/// Never fails as a whole: a file with problems gives problems and no cases, all others give theirs.
/// Sources that are not cases by their path ([`super::is_case`]) are passed over.
pub fn load(sources: impl IntoIterator<Item = Source>, guests: &dyn Fn(&str) -> Option<Vec<u8>>) -> Loaded {
    let mut loaded = Loaded::default();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for source in sources.into_iter().filter(|source| super::source::is_case(&source.path)) {
        let id = source.path.trim_end_matches(".yaml").trim_end_matches(".yml").to_owned();
        if let Some(other) = files.insert(id.clone(), source.shown.clone()) {
            let message = format!("the case {} is in {} already", quoted(&id), quoted(&other));
            loaded.problems.push(Problem::of_file(&source.shown, message));
            continue;
        }
        match text(&source.shown, &source.content) {
            Ok(text) => file(&id, &text, guests, &mut loaded),
            Err(problem) => loaded.problems.push(problem),
        }
    }
    loaded
}

/// The text of a file, to be shown as `file`.
///
/// # Errors
///
/// What is too large, cannot be read, or is not UTF-8, the last with its place.
pub fn text(file: &str, content: &Content) -> Result<Arc<SourceText>, Problem> {
    let bytes = match content {
        Content::Bytes(bytes) => bytes,
        Content::TooLarge(size) => {
            let message = format!("a file has at most {MOST_BYTES} bytes, and this one has {size}");
            return Err(Problem::of_file(file, message));
        }
        Content::Unreadable(error) => {
            return Err(Problem::of_file(file, format!("cannot be read: {error}")));
        }
    };
    let text = String::from_utf8_lossy(bytes).into_owned();
    let bad = std::str::from_utf8(bytes).err().map(|error| error.valid_up_to());
    let text = Arc::new(SourceText { file: file.to_owned(), text });
    match bad {
        None => Ok(text),
        Some(at) => {
            let message = format!("this is not UTF-8: byte {at} of the file is {:#04x}", bytes[at]);
            Err(Problem::at(Place::new(&text, at..at + 1), message))
        }
    }
}

fn file(id: &str, text: &Arc<SourceText>, guests: &dyn Fn(&str) -> Option<Vec<u8>>, loaded: &mut Loaded) {
    let (mut cases, mut problems) =
        documents(id, text, &mut |id, document, report| case(id, text, document, guests, report));
    loaded.cases.append(&mut cases);
    loaded.problems.append(&mut problems);
}

/// What `read` makes of each of the documents that a file becomes by its `params`, with its id; or
/// the problems of the file, in their order in it.
pub(crate) fn documents<T>(
    id: &str,
    text: &Arc<SourceText>,
    read: &mut dyn FnMut(&str, &Node, &mut Report) -> Option<T>,
) -> (Vec<T>, Vec<Problem>) {
    let node = match yaml::parse(text) {
        Ok(node) if node.is_null() => {
            return (Vec::new(), vec![Problem::of_file(&text.file, "this file is empty")]);
        }
        Ok(node) => node,
        Err(problem) => return (Vec::new(), vec![problem]),
    };
    let mut report = Report::new(text);
    let expansions = params::expand(&node, &mut report);
    let mut all = Vec::new();
    let count = expansions.len();
    let mut found: Vec<(Problem, usize, String)> = Vec::new();
    for Expansion { suffix, document } in expansions {
        let before = report.problems.len();
        let id = format!("{id}{suffix}");
        all.extend(read(&id, &document, &mut report));
        // The same mistake in every case of a document is one mistake.
        for problem in report.problems.split_off(before) {
            match found.iter_mut().find(|(same, ..)| *same == problem) {
                Some((_, times, _)) => *times += 1,
                None => found.push((problem, 1, id.clone())),
            }
        }
    }
    let only = |(problem, times, id): (Problem, usize, String)| match times < count {
        true => Problem { message: format!("{} (in {id})", problem.message), ..problem },
        false => problem,
    };
    report.problems.extend(found.into_iter().map(only));
    if report.problems.is_empty() {
        return (all, Vec::new());
    }
    report.problems.sort_by_key(|problem| problem.place.as_ref().map(|place| (place.line(), place.column())));
    report.problems.dedup();
    (Vec::new(), report.problems)
}

fn case(
    id: &str,
    text: &Arc<SourceText>,
    document: &Node,
    guests: &dyn Fn(&str) -> Option<Vec<u8>>,
    report: &mut Report,
) -> Option<Case> {
    let document = Document::decode(document, report)?;
    // Expanded before; nothing is left to do with it.
    let _: &Option<Params> = &document.params;
    if document.spec.0.is_empty() {
        report.error(&document.title.span, "`spec` lists at least one link");
    }
    if document.steps.is_empty() {
        report.error(&document.title.span, "this case has no steps");
    }
    let resolved = resolve(id, &document, guests, report)?;
    Some(Case {
        id: id.to_owned(),
        category: id.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned(),
        source: Arc::clone(text),
        title: document.title.value,
        spec: document.spec.0.into_iter().map(|link| link.0).collect(),
        claims: document.claims.map(|claims| claims.by_claim).unwrap_or_default(),
        contested: document
            .contested
            .map(|contested| Contested { link: contested.link.0, reason: contested.reason.value }),
        plan: resolved.plan,
        expected: resolved.expected,
        steps: resolved.steps,
        wat: resolved.wat,
    })
}
