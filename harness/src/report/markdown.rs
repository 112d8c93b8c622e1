//! A summary in Markdown, as GitHub shows it below a workflow's run: news first, the counts, what
//! changed, known failures and divergences folded. Whatever a case or a runtime says is escaped.

use super::changes::{Changes, Kind, changes};
use super::document::{Case, Report, Run};
use super::screen::shortened;
use crate::expectations::Status;
use crate::shown::escaped;
use crate::verdict::Verdict;
use crate::verdict::agreement::Agreement;

/// GitHub takes a summary of up to 1 MiB; the closing note and what is open need room too.
const MOST: usize = 1_000_000;
/// The longest text from a case or a runtime that is shown whole, in characters.
const LONGEST: usize = 500;

/// The summary of a report, and of what changed since a previous one.
pub fn markdown(report: &Report, previous: Option<&Report>) -> String {
    let mut page = Page { text: String::new(), left_out: 0 };
    head(&mut page, report);
    news(&mut page, report);
    if let Some(previous) = previous {
        changed(&mut page, &changes(previous, report));
    }
    table(&mut page, report);
    divergences(&mut page, report);
    runs_of(&mut page, report, "Known failures", |run| run.status == Status::Known);
    runs_of(&mut page, report, "Contested", |run| run.status == Status::Contested);
    if page.left_out > 0 {
        let note =
            format!("\n{} more lines are left out here; the other reports have them.\n", page.left_out);
        page.text.push_str(&note);
    }
    page.text
}

/// Lines, as long as there is room for them.
struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    fn line(&mut self, line: &str) {
        if self.text.len() + line.len() < MOST {
            self.text.push_str(line);
            self.text.push('\n');
        } else {
            self.left_out += 1;
        }
    }

    /// What is needed for what came before to be read as it is meant.
    fn close(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn folded(&mut self, title: &str, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        self.close(&format!("\n<details><summary>{title}: {}</summary>\n", lines.len()));
        lines.iter().for_each(|line| self.line(line));
        self.close("\n</details>");
    }
}

/// Text that Markdown and HTML show as itself: no mark-up, no links, no mentions, on one line.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for char in escaped(&shortened(text, LONGEST)).chars() {
        match char {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            ':' => out.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|' | '~'
            | '$' | '=' => {
                out.push('\\');
                out.push(char);
            }
            _ => out.push(char),
        }
    }
    // Without a scheme this is taken for a link too.
    out.replace("www.", "www\\.")
}

/// A link, if it is one to the web that cannot end early; else its text.
fn link(address: &str, text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'*+,;=%".contains(c);
    if address.starts_with("https://") && address.chars().all(safe) {
        format!("[{}](<{address}>)", plain(text))
    } else if address == text {
        plain(text)
    } else {
        format!("{} ({})", plain(text), plain(address))
    }
}

fn clause(case: &Case) -> String {
    let links = case.spec.iter().map(|address| {
        let name = address.rsplit_once('#').map_or(address.as_str(), |(_, name)| name);
        link(address, name)
    });
    links.collect::<Vec<_>>().join(", ")
}

fn head(page: &mut Page, report: &Report) {
    let counts = &report.summary;
    let title = match counts.news {
        0 => "✅ samebytes: everything is as expected".to_owned(),
        1 => "❌ samebytes: 1 case is not as expected".to_owned(),
        news => format!("❌ samebytes: {news} cases are not as expected"),
    };
    page.line(&format!("## {title}\n"));
    let runtimes = report.runtimes.iter().filter(|runtime| runtime.available).count();
    let verdicts = Verdict::ALL.iter().filter_map(|verdict| {
        let count = counts.verdicts.get(verdict.name()).copied().unwrap_or(0);
        (count > 0).then(|| format!("{count} {verdict}"))
    });
    let more = [
        (counts.statuses.get(Status::Known.name()).copied().unwrap_or(0), "known"),
        (counts.flaky, "flaky"),
        (counts.by_embedding, "decided by our embedding alone"),
        (counts.agreements.get(Agreement::Diverge.name()).copied().unwrap_or(0), "diverging"),
        (counts.not_run, "not run"),
    ];
    let more = more.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
    let parts: Vec<String> = verdicts.chain(more).collect();
    page.line(&format!("{} cases in {runtimes} runtimes: {}", counts.cases, parts.join(", ")));
    if counts.interrupted {
        page.line("\n**The run was interrupted.**");
    }
    for runtime in report.runtimes.iter().filter(|runtime| !runtime.available) {
        let reason = plain(runtime.unavailable.as_deref().unwrap_or_default());
        page.line(&format!("\n**{}** could not be had: {reason}", plain(&runtime.name)));
    }
}

fn run_line(case: &Case, run: &Run) -> String {
    let flaky = if run.flaky { "flaky " } else { "" };
    let word = match run.status {
        Status::Fixed => "fixed".to_owned(),
        Status::Changed => format!("changed: {}", run.verdict),
        Status::Known | Status::Contested => format!("{} {}", run.status.name(), run.verdict),
        _ => run.verdict.name().to_owned(),
    };
    let step = run.step.and_then(|number| Some((number, case.steps.get(&number)?.line)));
    let step = step.map(|(number, line)| format!(" at step {number}, line {line}")).unwrap_or_default();
    let reason = run.reason.as_deref().map(|reason| format!(": {}", plain(reason))).unwrap_or_default();
    let known = run.known.as_ref().map(|known| format!("; {}", link(&known.link, &known.reason)));
    let (runtime, id) = (plain(&run.runtime), plain(&case.id));
    format!("- **{flaky}{word}** {runtime} {id}{step}{reason}{}", known.unwrap_or_default())
}

fn news(page: &mut Page, report: &Report) {
    for case in report.cases.iter().filter(|case| case.news) {
        page.line(&format!("\n### {}\n", plain(&case.id)));
        page.line(&format!("{} {}\n", plain(&case.title), clause(case)));
        for run in case.runs.iter().filter(|run| run.status.is_news()) {
            page.line(&run_line(case, run));
        }
        if case.agreement == Agreement::Diverge {
            page.line(&format!("- the runtimes diverge: {}", sides(case)));
        }
    }
}

fn sides(case: &Case) -> String {
    let groups = case.groups.iter().map(|group| plain(&group.join(", ")));
    groups.collect::<Vec<_>>().join(" **against** ")
}

fn changed(page: &mut Page, changes: &Changes) {
    let run = |kind: Kind| -> Vec<String> {
        let runs = changes.runs.iter().filter(|run| run.kind == kind);
        let line = |run: &super::changes::RunChange| {
            let old = run.old.map_or("not run", Verdict::name);
            let (runtime, case, detail) = (plain(&run.runtime), plain(&run.case), plain(&run.detail));
            format!("- {runtime} {case}: {old} → {}: {detail}", run.new)
        };
        runs.map(line).collect()
    };
    page.line("\n### Since the previous report");
    for feature in &changes.features {
        let (runtime, name) = (plain(&feature.runtime), feature.feature);
        match &feature.lost {
            Some(reason) => page.line(&format!("\n**{runtime} lost {name}**: {}", plain(reason))),
            None => page.line(&format!("\n{runtime} has {name} now")),
        }
    }
    page.folded("New failures", &run(Kind::NewFailure));
    page.folded("Fixed", &run(Kind::Fixed));
    page.folded("New known failures", &run(Kind::KnownFailure));
    page.folded("Changed", &run(Kind::Changed));
    if changes.runs.is_empty() {
        page.line("\nNo case came to something else.");
    }
}

fn table(page: &mut Page, report: &Report) {
    let mut categories: Vec<&str> = report.cases.iter().map(|case| case.category.as_str()).collect();
    categories.dedup();
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let head = ["passes of cases"].into_iter().chain(categories.iter().copied()).chain(["all"]);
    page.line("");
    page.line(&row(head.map(plain).collect()));
    let rule = ["---"].into_iter().chain(std::iter::repeat_n("--:", categories.len() + 1));
    page.line(&row(rule.map(str::to_owned).collect()));
    for runtime in report.runtimes.iter().filter(|runtime| runtime.available) {
        let count = |category: Option<&str>| {
            let cases = report.cases.iter().filter(|case| category.is_none_or(|c| case.category == c));
            let runs: Vec<&Run> = cases.filter_map(|case| case.run(&runtime.name)).collect();
            let passes = runs.iter().filter(|run| run.verdict == Verdict::Pass).count();
            if runs.is_empty() { "–".to_owned() } else { format!("{passes}/{}", runs.len()) }
        };
        let version = runtime.version.as_deref().filter(|version| !runtime.name.contains(version));
        let name = version.map_or_else(|| runtime.name.clone(), |v| format!("{} {v}", runtime.name));
        let counts = categories.iter().map(|category| count(Some(category))).chain([count(None)]);
        page.line(&row([plain(&name)].into_iter().chain(counts).collect()));
    }
}

fn divergences(page: &mut Page, report: &Report) {
    let known = |case: &&Case| case.agreement == Agreement::Diverge && !case.news;
    let line = |case: &Case| format!("- {} {}: {}", plain(&case.id), clause(case), sides(case));
    let lines: Vec<String> = report.cases.iter().filter(known).map(line).collect();
    page.folded("Known divergences", &lines);
}

fn runs_of(page: &mut Page, report: &Report, title: &str, wanted: impl Fn(&Run) -> bool) {
    let mut lines = Vec::new();
    for case in &report.cases {
        let runs = case.runs.iter().filter(|run| wanted(run));
        lines.extend(runs.map(|run| run_line(case, run)));
    }
    page.folded(title, &lines);
}
