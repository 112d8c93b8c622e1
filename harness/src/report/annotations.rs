//! Whatever is not as expected as annotations of GitHub Actions: one a case, at the step that decided.

use super::document::{Case, Report, Run};
use super::screen::shortened;
use crate::shown::escaped;
use crate::verdict::agreement::Agreement;

/// The longest message, in characters; GitHub shows about four times as much.
const LONGEST: usize = 1000;

/// The annotations, a line each. `is_here` says whether a document's file is one of the repository's,
/// since only then there is a line that can be pointed at.
pub fn annotations(report: &Report, is_here: &dyn Fn(&str) -> bool) -> String {
    report.cases.iter().filter(|case| case.news).map(|case| annotation(report, case, is_here)).collect()
}

fn annotation(report: &Report, case: &Case, is_here: &dyn Fn(&str) -> bool) -> String {
    let news: Vec<&Run> = case.runs.iter().filter(|run| run.status.is_news()).collect();
    let step = news.iter().find_map(|run| run.step).or(case.differing.first().map(|place| place.step));
    let line = step.and_then(|step| case.steps.get(&step)).map_or(1, |step| step.line);
    let file = report.documents.get(&case.document).map(|document| document.file.as_str());
    let mut text = "::error ".to_owned();
    if let Some(file) = file.filter(|file| is_here(file)) {
        for (name, value) in [("file", file), ("line", line.to_string().as_str())] {
            text.push_str(name);
            text.push('=');
            text.push_str(&property(value));
            text.push(',');
        }
    }
    text.push_str("title=");
    text.push_str(&property(&escaped(&case.id)));
    text.push_str("::");
    text.push_str(&data(&message(case, &news)));
    text.push('\n');
    text
}

fn message(case: &Case, news: &[&Run]) -> String {
    let mut lines = vec![escaped(&case.title)];
    for run in news {
        let reason = run.reason.as_deref().unwrap_or("it passes, and is known to fail");
        let step = run.step.map(|step| format!(" at step {step}")).unwrap_or_default();
        let said = escaped(&shortened(reason, LONGEST));
        lines.push(format!("{}: {} {}{step}: {said}", escaped(&run.runtime), run.status.name(), run.verdict));
    }
    if news.is_empty() && case.agreement == Agreement::Diverge {
        let groups = case.groups.iter().map(|group| escaped(&group.join(", ")));
        lines.push(format!("the runtimes diverge: {}", groups.collect::<Vec<_>>().join(" against ")));
    }
    lines.extend(case.spec.iter().map(|link| escaped(link)));
    shortened(&lines.join("\n"), 4 * LONGEST)
}

/// A message, as a workflow command has it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
