//! The reports of one small report: three versions of a runtime and another runtime, a known failure,
//! and a case that says whatever could break out of a file format.

use super::document::{Case, Report, Run};
use super::{annotations, html, junit, markdown};

mod changes;
mod merge;

pub(super) fn sample() -> Report {
    Report::parse(include_str!("sample.json")).expect("the sample is a report")
}

pub(super) fn case_of<'r>(report: &'r mut Report, id: &str) -> &'r mut Case {
    report.cases.iter_mut().find(|case| case.id == id).expect("the sample has the case")
}

pub(super) fn run_of<'r>(report: &'r mut Report, id: &str, runtime: &str) -> &'r mut Run {
    let runs = &mut case_of(report, id).runs;
    runs.iter_mut().find(|run| run.runtime == runtime).expect("the sample has the run")
}

#[test]
fn junit_shows_news_as_failures_and_the_rest_as_skipped_with_its_reason() {
    insta::assert_snapshot!(junit(&sample()).expect("XML"));
}

#[test]
fn junit_holds_no_character_that_xml_forbids() {
    let mut report = sample();
    let hostile: String = (0..=0x20).filter_map(char::from_u32).chain(['\u{fffe}', ']', ']', '>']).collect();
    report.runtimes[2].name = hostile.clone();
    for case in &mut report.cases {
        (case.id, case.title, case.category) = (hostile.clone(), hostile.clone(), hostile.clone());
        case.runs[2].runtime = hostile.clone();
        case.runs[2].reason = Some(hostile.clone());
    }
    let xml = junit(&report).expect("XML");
    let forbidden = |c: char| (c < ' ' && !"\n\r\t".contains(c)) || ('\u{fffe}'..='\u{ffff}').contains(&c);
    assert!(!xml.contains(forbidden) && !xml.contains("]]>"), "{xml}");
}

#[test]
fn a_runtime_that_could_not_be_had_is_an_error_in_junit() {
    let mut report = sample();
    report.runtimes[3].unavailable = Some("no such <file>".to_owned());
    let xml = junit(&report).expect("XML");
    assert!(xml.contains(r#"<error message="no such &lt;file&gt;" type="unavailable"/>"#), "{xml}");
}

#[test]
fn the_summary_in_markdown_has_news_first_and_folds_what_is_known() {
    let mut old = sample();
    run_of(&mut old, "hostile/c-news", "deno").verdict = crate::verdict::Verdict::Pass;
    insta::assert_snapshot!(markdown(&sample(), Some(&old)));
}

#[test]
fn a_summary_that_would_be_too_long_is_cut_with_a_note_and_closes_what_is_open() {
    let mut report = sample();
    let known = report.cases[1].clone();
    report.cases.extend((0..20_000).map(|n| Case { id: format!("growth/more-{n}"), ..known.clone() }));
    let text = markdown(&report, None);
    assert!(text.len() < 1 << 20, "{}", text.len());
    assert!(text.contains(" more lines are left out here"), "{}", &text[text.len() - 200..]);
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
}

#[test]
fn annotations_name_a_line_of_files_that_are_there_and_escape_the_rest() {
    insta::assert_snapshot!(annotations(&sample(), &|file| file.starts_with("cases/")));
    let elsewhere = annotations(&sample(), &|_| false);
    assert!(elsewhere.starts_with("::error title=hostile/c-news::"), "{elsewhere}");
}

#[test]
fn an_annotations_properties_cannot_end_early() {
    let mut report = sample();
    case_of(&mut report, "hostile/c-news").id = "a,line=1::b%\n::error::c".to_owned();
    let text = annotations(&report, &|_| true);
    assert!(text.contains("title=a%2Cline=1%3A%3Ab%25\\n%3A%3Aerror%3A%3Ac::"), "{text}");
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn the_page_of_many_cases_and_runtimes_stays_small() {
    let mut report = sample();
    let (runtime, case) = (report.runtimes[3].clone(), report.cases[1].clone());
    let names: Vec<String> = (0..16).map(|n| format!("deno@{n}")).collect();
    report.runtimes.extend(names.iter().map(|name| {
        let name = name.clone();
        super::document::Runtime { name, ..runtime.clone() }
    }));
    report.cases.extend((0..600).map(|n| {
        let mut case = Case { id: format!("growth/more-{n}"), ..case.clone() };
        let pass = case.runs[0].clone();
        case.runs.extend(names.iter().map(|name| Run { runtime: name.clone(), ..pass.clone() }));
        case.groups[0].extend(names.clone());
        case
    }));
    let page = html(&report, None).expect("HTML");
    assert!(page.len() < 1_000_000, "{}", page.len());
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let page = html(&sample(), Some(&sample())).expect("HTML");
    assert!(page.starts_with("<!doctype html>") && page.contains("default-src 'none'"), "{page}");
    for forbidden in ["<script src", "@import", "url(", "<link rel=\"stylesheet\""] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    // What the hostile case says stands in it escaped alone.
    assert!(!page.contains("<script>alert(1)") && page.contains("\\u003cscript\\u003ealert(1)"));
}
