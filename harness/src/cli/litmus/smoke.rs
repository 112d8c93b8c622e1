//! The short litmus run that `samebytes run` ends with.

use crate::cli::{CliError, ExitCode, cancelled_by_ctrl_c, print};
use crate::litmus::run::{Subject, TestRun, Verdict, smoke, smoke_tasks, test_page};
use crate::report::{Page, Tone};
use crate::runtime::select::{Choice, Launch};

/// Those of the runtimes that are there: what is missing was said by the run of the cases.
pub(in crate::cli) fn smoke_subjects(choices: &[Choice]) -> Vec<Subject> {
    let here = choices.iter().filter(|choice| !matches!(choice.launch, Launch::Missing { .. }));
    here.map(|choice| Subject::of(choice, None)).collect()
}

/// Races a few programs in each runtime, one runtime after the other since agents want the
/// processors for themselves. What is not as it must be is shown whole.
pub(in crate::cli) fn litmus_smoke(subjects: &[Subject], quiet: bool) -> Result<ExitCode, CliError> {
    let cancel = cancelled_by_ctrl_c()?;
    let tasks = if subjects.is_empty() { Vec::new() } else { smoke_tasks() };
    let mut code = ExitCode::Expected;
    let mut page = Page::new();
    for subject in subjects {
        match smoke(subject, &tasks, &cancel) {
            Ok(runs) => {
                for ((task, _), run) in tasks.iter().zip(&runs).filter(|(_, run)| run.verdict.is_failure()) {
                    page.append(&test_page(task, run, false));
                    code = code.max(ExitCode::News);
                }
                page.line(Tone::Dim, &line(subject, &runs));
            }
            // A runner that cannot speak the litmus messages may be one that knows cases alone.
            Err(reason) if !cancel.is_cancelled() => {
                page.line(Tone::Notice, &format!("litmus: {} does not race: {reason}", subject.name));
            }
            Err(_) => {}
        }
        if cancel.is_cancelled() {
            code = code.max(ExitCode::Interrupted);
            break;
        }
    }
    if quiet {
        page.print_to_stderr();
    } else {
        print(&page)?;
    }
    Ok(code)
}

fn line(subject: &Subject, runs: &[TestRun]) -> String {
    let of = |wanted: fn(&Verdict) -> bool| runs.iter().filter(|run| wanted(&run.verdict)).count();
    let passed = of(|verdict| *verdict == Verdict::Pass);
    let failed = of(Verdict::is_failure);
    let other = runs.len() - passed - failed;
    let instances: u64 = runs.iter().map(|run| run.iterations).sum();
    format!(
        "litmus: {}: {passed} tests without a forbidden outcome, {failed} failed, {other} could not run; {instances} instances",
        subject.name
    )
}
