//! Mutants against cases on a screen: which categories notice which mutant, what survives, which
//! cases noticed nothing, and how the kinds of mutants fare. The figures are [`Matrix`]'s.

use super::screen::{Page, Tone};
use super::table;
use crate::mutant::{Fate, Kind, Matrix, Row};

/// The width of the column of names.
const NAME: usize = 48;
/// The width of the other columns.
const COUNT: usize = 8;

/// What there is to see.
pub fn mutants(matrix: &Matrix) -> Page {
    let mut page = Page::new();
    rows(&mut page, matrix);
    let of = |fate: Fate| matrix.rows.iter().filter(move |row| row.fate() == fate);
    list(&mut page, "mutants that survive", of(Fate::Survives).map(text));
    list(
        &mut page,
        "mutants that only make cases crash or hang, so that no expectation can tell",
        of(Fate::Breaks).map(text),
    );
    list(&mut page, "mutants that no case met", of(Fate::Unmet).map(text));
    list(&mut page, "cases that killed none", matrix.idle.iter().cloned());
    list(&mut page, "cases that pass nowhere without a mutant", matrix.untried.iter().cloned());
    summary(&mut page, matrix);
    let Matrix { cases, idle, passes, passes_by_embedding, host, host_passes, .. } = matrix;
    page.line(Tone::Plain, &format!("{} of {cases} cases killed none", idle.len()));
    page.line(
        Tone::Plain,
        &format!("passes without a mutant: {host_passes} in {host}, {passes} in wasmtime"),
    );
    page.line(
        Tone::Plain,
        &format!("  of these, decided by this project's embedding alone: {passes_by_embedding}"),
    );
    page
}

fn rows(page: &mut Page, matrix: &Matrix) {
    let mut header = format!("{:NAME$}", "cases that fail because of a mutant");
    for category in &matrix.categories {
        header.push_str(&format!("{:>COUNT$}", category.chars().take(COUNT - 1).collect::<String>()));
    }
    page.line(Tone::Bold, &format!("{header}{:>COUNT$}", "broken"));
    for row in &matrix.rows {
        let mut line = format!("{:NAME$}", row.mutant.to_string());
        for category in &matrix.categories {
            line.push_str(&format!("{:>COUNT$}", matrix.kills_of(row, category)));
        }
        let tone = if row.fate() == Fate::Survives { Tone::Bad } else { Tone::Plain };
        page.line(tone, &format!("{line}{:>COUNT$}", row.broken.len()));
    }
    page.end();
}

/// For each kind how many mutants each category kills, and how many any.
fn summary(page: &mut Page, matrix: &Matrix) {
    let mut header = vec!["mutants killed by cases of".to_owned()];
    header.extend(matrix.categories.iter().cloned());
    header.extend(["any", "survive", "break", "all"].map(str::to_owned));
    let mut lines = vec![header];
    for kind in [Kind::Guest, Kind::Engine, Kind::HostJs] {
        let rows: Vec<&Row> = matrix.rows.iter().filter(|row| row.mutant.kind == kind).collect();
        if rows.is_empty() {
            continue;
        }
        let fates = |fate: Fate| rows.iter().filter(|row| row.fate() == fate).count();
        let mut cells = vec![kind.name().to_owned()];
        cells.extend(matrix.categories.iter().map(|category| {
            rows.iter().filter(|row| matrix.kills_of(row, category) > 0).count().to_string()
        }));
        cells.extend(
            [fates(Fate::Killed), fates(Fate::Survives), fates(Fate::Breaks), rows.len()]
                .map(|count| count.to_string()),
        );
        lines.push(cells);
    }
    for (index, line) in table::lay_out(&lines).iter().enumerate() {
        page.line(if index == 0 { Tone::Bold } else { Tone::Plain }, line);
    }
    page.end();
}

fn text(row: &Row) -> String {
    let reason = row.unavailable.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let indirect = match row.indirect.len() {
        0 => String::new(),
        count => format!(", {count} could not go on"),
    };
    format!("{}: {}, met by {}{indirect}{reason}", row.mutant, row.mutant.description, row.tried)
}

fn list(page: &mut Page, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    page.line(Tone::Bold, &format!("{title}: {}", lines.len()));
    for line in lines {
        page.wrapped(Tone::Plain, 2, 4, &line);
    }
    page.end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutant::{Mutant, Mutated};
    use crate::verdict::Verdict;

    fn row(kind: Kind, name: &str, kills: &[&str], broken: &[&str], tried: usize) -> Row {
        let said = |cases: &[&str], verdict| {
            let one = |case: &&str| Mutated { case: (*case).to_owned(), verdict, step: None, reason: None };
            cases.iter().map(one).collect()
        };
        Row {
            mutant: Mutant {
                kind,
                name: name.to_owned(),
                description: format!("does {name}"),
                clause: String::new(),
            },
            tried,
            kills: said(kills, Verdict::Fail),
            indirect: Vec::new(),
            broken: said(broken, Verdict::Timeout),
            left_out: 0,
            unavailable: None,
        }
    }

    fn matrix() -> Matrix {
        Matrix {
            categories: vec!["endianness".to_owned(), "visibility".to_owned()],
            rows: vec![
                row(Kind::Guest, "killed", &["endianness/a", "endianness/b"], &[], 3),
                row(Kind::Guest, "survivor", &[], &[], 2),
                row(Kind::HostJs, "hanging", &[], &["visibility/c"], 1),
                row(Kind::HostJs, "unmet", &[], &[], 0),
            ],
            cases: 4,
            idle: vec!["visibility/c".to_owned()],
            untried: vec!["visibility/d".to_owned()],
            passes: 3,
            passes_by_embedding: 1,
            host: "node 1.2.3".to_owned(),
            host_passes: 2,
        }
    }

    fn plain(matrix: &Matrix) -> Vec<String> {
        let text = anstream::adapter::strip_str(mutants(matrix).as_str()).to_string();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn each_mutant_stands_in_the_list_of_its_fate_alone() {
        let lines = plain(&matrix());
        let list = |title: &str| -> Vec<&String> {
            let start = lines.iter().position(|line| line.starts_with(title)).expect("the list is there");
            lines[start + 1..].iter().take_while(|line| !line.is_empty()).collect()
        };
        assert_eq!(list("mutants that survive: 1"), ["  guest/survivor: does survivor, met by 2"]);
        assert_eq!(
            list("mutants that only make cases crash")[0],
            "  host-js/hanging: does hanging, met by 1"
        );
        assert_eq!(list("mutants that no case met: 1"), ["  host-js/unmet: does unmet, met by 0"]);
        assert_eq!(list("cases that killed none: 1"), ["  visibility/c"]);
        assert_eq!(list("cases that pass nowhere"), ["  visibility/d"]);
    }

    #[test]
    fn the_summary_counts_mutants_and_not_cases() {
        let lines = plain(&matrix());
        let of = |kind: &str| -> Vec<String> {
            let line = lines.iter().rfind(|line| line.starts_with(&format!("{kind} "))).expect("a line");
            line.split_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(of("guest"), ["guest", "1", "0", "1", "1", "0", "2"]);
        assert_eq!(of("host-js"), ["host-js", "0", "0", "0", "0", "1", "2"]);
    }

    #[test]
    fn passes_that_the_embedding_decided_are_told_apart() {
        let lines = plain(&matrix());
        let at =
            lines.iter().position(|line| line == "passes without a mutant: 2 in node 1.2.3, 3 in wasmtime");
        let at = at.expect("the line is there");
        assert_eq!(lines[at + 1], "  of these, decided by this project's embedding alone: 1");
    }
}
