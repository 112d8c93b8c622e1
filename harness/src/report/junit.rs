//! The report as JUnit: a suite a runtime, a test a case, and a suite for how the runtimes compare.
//! Whatever is as expected is green for those who read it: known failures and what is unsupported are
//! skipped, with the reason.

use std::time::Duration;

use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::document::{Case, Report, Run, Runtime};
use super::screen::shortened;
use crate::expectations::Status;
use crate::shown::escaped;
use crate::verdict::Verdict;
use crate::verdict::agreement::Agreement;

/// The longest reason that is written whole, in characters.
const LONGEST: usize = 4000;

/// The report cannot be written as XML.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct JunitError(#[from] SerializeError);

/// The report as JUnit XML.
///
/// # Errors
///
/// [`JunitError`], which no content leads to.
pub fn junit(report: &Report) -> Result<String, JunitError> {
    let mut xml = quick_junit::Report::new("samebytes");
    xml.set_time(Duration::from_millis(report.timing.took_ms));
    for runtime in &report.runtimes {
        xml.add_test_suite(suite(report, runtime));
    }
    let available = report.runtimes.iter().filter(|runtime| runtime.available).count();
    if available > 1 {
        let mut suite = TestSuite::new("agreement");
        suite.add_test_cases(report.cases.iter().filter_map(|case| agreement(report, case)));
        xml.add_test_suite(suite);
    }
    Ok(xml.to_string()?)
}

fn suite(report: &Report, runtime: &Runtime) -> TestSuite {
    let mut suite = TestSuite::new(escaped(&runtime.name));
    let engine = runtime.engine.as_ref().map(|engine| format!("{} {}", engine.name, engine.version));
    for (name, value) in [("version", &runtime.version), ("engine", &engine), ("platform", &runtime.platform)]
    {
        if let Some(value) = value {
            suite.add_property((name, escaped(value).as_str()));
        }
    }
    if let Some(reason) = &runtime.unavailable {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("unavailable").set_message(escaped(&shortened(reason, LONGEST)));
        let mut case = TestCase::new("is available", status);
        case.set_classname(escaped(&runtime.name));
        suite.add_test_case(case);
    }
    let times = report.timing.runs_ms.get(&runtime.name);
    for case in &report.cases {
        let Some(run) = case.run(&runtime.name) else { continue };
        let mut test = test(report, case, run.step, status(case, run));
        if let Some(took) = times.and_then(|times| times.get(&case.id)) {
            test.set_time(Duration::try_from_secs_f64(took / 1e3).unwrap_or_default());
        }
        suite.add_test_case(test);
    }
    suite
}

fn test(report: &Report, case: &Case, step: Option<u32>, status: TestCaseStatus) -> TestCase {
    let mut test = TestCase::new(escaped(&case.id), status);
    test.set_classname(escaped(&case.category));
    if let Some(document) = report.documents.get(&case.document) {
        test.extra.insert("file".into(), escaped(&document.file).into());
    }
    if let Some(step) = step.and_then(|step| case.steps.get(&step)) {
        test.extra.insert("line".into(), step.line.to_string().into());
    }
    test
}

fn status(case: &Case, run: &Run) -> TestCaseStatus {
    let flaky = if run.flaky { "flaky: " } else { "" };
    let reason = escaped(&shortened(run.reason.as_deref().unwrap_or_default(), LONGEST));
    let known = run.known.as_ref().map(|known| escaped(&format!("{} {}", known.reason, known.link)));
    let mut status = match (run.status, run.verdict) {
        (Status::Unexpected | Status::Fixed | Status::Changed, verdict) => {
            let kind = match verdict {
                Verdict::Crash | Verdict::Timeout => NonSuccessKind::Error,
                _ => NonSuccessKind::Failure,
            };
            let mut status = TestCaseStatus::non_success(kind);
            let message = match run.status {
                Status::Fixed => "it passes, and is known to fail".to_owned(),
                Status::Changed => format!("it does not fail as is known: {verdict}: {reason}"),
                _ => format!("{verdict}: {reason}"),
            };
            status.set_message(format!("{flaky}{message}"));
            status
        }
        (Status::Known, verdict) => {
            let mut status = TestCaseStatus::skipped();
            let known = known.clone().unwrap_or_default();
            status.set_message(format!("{flaky}known {verdict}: {known}"));
            status
        }
        (Status::Contested, verdict) => {
            let mut status = TestCaseStatus::skipped();
            let contested = case.contested.as_ref().map(|c| escaped(&format!("{} {}", c.reason, c.link)));
            status.set_message(format!("{flaky}contested {verdict}: {}", contested.unwrap_or_default()));
            status
        }
        (Status::Expected, Verdict::Pass) => return TestCaseStatus::success(),
        (Status::Expected, verdict) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("{flaky}{verdict}: {reason}"));
            status
        }
    };
    let kind = if run.flaky { format!("flaky {}", run.verdict) } else { run.verdict.name().to_owned() };
    status.set_type(kind).set_description(description(case, run, known.as_deref()));
    status
}

/// Everything that helps to understand a failure, a line each.
fn description(case: &Case, run: &Run, known: Option<&str>) -> String {
    let mut lines = vec![escaped(&case.title)];
    if let Some(step) = run.step.and_then(|number| Some((number, case.steps.get(&number)?))) {
        lines.push(escaped(&format!("step {}, line {}: {}", step.0, step.1.line, step.1.text)));
    }
    lines.extend(run.reason.as_deref().map(|reason| escaped(&shortened(reason, LONGEST))));
    lines.extend(case.spec.iter().map(|link| escaped(link)));
    lines.extend(known.map(str::to_owned));
    if let Some(crash) = &run.crash {
        lines.extend(shortened(&crash.stderr, LONGEST).lines().map(escaped));
    }
    lines.join("\n")
}

/// How the runtimes compare over a case, unless there is nothing to compare.
fn agreement(report: &Report, case: &Case) -> Option<TestCase> {
    let sides = || {
        let groups = case.groups.iter().map(|group| escaped(&group.join(", ")));
        groups.collect::<Vec<_>>().join(" against ")
    };
    let status = match case.agreement {
        Agreement::Single | Agreement::None => return None,
        Agreement::Agree | Agreement::Allowed => TestCaseStatus::success(),
        Agreement::Diverge if case.news => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("divergence").set_message(format!("the runtimes diverge: {}", sides()));
            status.set_description(case.spec.iter().map(|link| escaped(link)).collect::<Vec<_>>().join("\n"));
            status
        }
        Agreement::Diverge | Agreement::Contested => {
            let word = if case.agreement == Agreement::Contested { "contested" } else { "known" };
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("{word} divergence: {}", sides()));
            status
        }
    };
    Some(test(report, case, case.differing.first().map(|place| place.step), status))
}
