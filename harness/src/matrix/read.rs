//! The text of a matrix file.

use std::time::Duration;

use super::{CONFIRM, Matrix, Row};
use crate::case::decode::{At, Count, Decode as _, Report, Table, Text, record};
use crate::case::{self, Content, Problem, yaml};
use crate::expectations::Pattern;

record! {
    /// A matrix.
    MatrixForm {
        /// The runtimes.
        "runtimes" runtimes: Vec<RowForm>,
        /// The cases, by parts of ids or globs over ids; all where absent.
        "cases" cases: Option<Vec<Text>>,
        /// How long a case may take, in seconds.
        "timeout" timeout: Option<Count>,
        /// How often a case that is news is run again, to tell flaky from steady; twice where absent.
        "confirm" confirm: Option<Count>,
    }
}

record! {
    /// A runtime of a matrix.
    RowForm {
        /// As for `--runtime`: `node`, `node@24`, `wasmtime`.
        "runtime" runtime: Text,
        /// A known variant of it, or the name of one that `arguments` or `environment` make.
        "variant" variant: Option<Text>,
        /// A command, instead of the one that the runtime's name stands for.
        "command" command: Option<Text>,
        /// Arguments beside the runtime's own.
        "arguments" arguments: Option<Vec<Text>>,
        /// Variables of the environment.
        "environment" environment: Option<Table<Text>>,
    }
}

pub(super) fn read(file: &str, content: &Content) -> Result<Matrix, Vec<Problem>> {
    let source = case::text(file, content).map_err(|problem| vec![problem])?;
    let node = yaml::parse(&source).map_err(|problem| vec![problem])?;
    let mut report = Report::new(&source);
    let matrix = MatrixForm::decode(&node, &mut report).map(|form| form.matrix(&mut report));
    match matrix.filter(|_| report.problems.is_empty()) {
        Some(matrix) => Ok(matrix),
        None => Err(report.problems),
    }
}

impl MatrixForm {
    fn matrix(self, report: &mut Report) -> Matrix {
        if self.timeout.as_ref().is_some_and(|timeout| timeout.value == 0) {
            let span = self.timeout.as_ref().map(|timeout| timeout.span.clone()).unwrap_or_default();
            report.error(&span, "a case takes some time");
        }
        let patterns = self.cases.into_iter().flatten().filter_map(|At { value, span }| {
            Pattern::new(&value).map_err(|error| report.error(&span, error.to_string())).ok()
        });
        let cases = patterns.collect();
        let rows = self.runtimes.into_iter().map(|form| form.row(report)).collect();
        Matrix {
            rows,
            cases,
            timeout: self.timeout.map(|timeout| Duration::from_secs(timeout.value.into())),
            confirm: self.confirm.map_or(CONFIRM, |confirm| confirm.value),
        }
    }
}

impl RowForm {
    fn row(self, report: &mut Report) -> Row {
        let own = self.arguments.is_some() || self.environment.is_some();
        if own && self.variant.is_none() {
            let message =
                "a runtime with arguments or an environment of its own is a variant, and `variant` names it";
            report.error(&self.runtime.span, message);
        }
        Row {
            runtime: self.runtime.value,
            variant: self.variant.map(|variant| variant.value),
            command: self.command.map(|command| command.value),
            arguments: self.arguments.into_iter().flatten().map(|argument| argument.value).collect(),
            environment: self
                .environment
                .into_iter()
                .flat_map(|table| table.0)
                .map(|(key, value)| (key.text, value.value))
                .collect(),
        }
    }
}
