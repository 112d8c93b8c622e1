use super::*;

/// The smallest report there is.
const EMPTY: &str = r#"{"schema":1,"samebytes":"0","runtimes":[],"documents":{},"cases":[],"unmatched":[],
"summary":{"cases":0,"not_run":0,"interrupted":false,"verdicts":{},"statuses":{},"agreements":{},"by_embedding":0,"flaky":0,"news":0},
"timing":{"finished":0,"took_ms":0,"runs_ms":{}}}"#;

#[test]
fn a_report_that_ends_too_early_is_an_error_with_its_place() {
    let error = Report::parse(&EMPTY[..200]).expect_err("half a report");
    assert!(error.to_string().contains("line 2"), "{error}");
}

#[test]
fn a_report_of_another_version_is_named_as_such() {
    let text = EMPTY.replace("\"schema\":1", "\"schema\":7");
    assert!(matches!(Report::parse(&text), Err(ReportError::Version(7))));
}

#[test]
fn what_is_written_is_read_again() {
    let report = Report::parse(EMPTY).expect("valid");
    let text = report.to_json().expect("serializes");
    assert!(text.ends_with("}\n") && text.lines().count() > 5, "{text}");
    assert_eq!(Report::parse(&text).expect("valid"), report);
}
