//! `samebytes litmus explain`: a test's outcomes and what the memory model says of them.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::{TestsArgs, code_of};
use crate::cli::{CliError, ExitCode, print, print_raw};
use crate::expectations::Pattern;
use crate::litmus::explain::{Mark, graph, text};
use crate::litmus::language::Loaded;
use crate::litmus::model;
use crate::litmus::program::Test;
use crate::report::{Page, Tone};

/// Which test is explained.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct ExplainArgs {
    /// The test's id, or a part of it that no other test has
    #[arg(value_name = "TEST")]
    test: String,
    /// Write the executions of the allowed outcomes of interest as Graphviz graphs to this file, and
    /// those of all allowed outcomes where none is of interest; `-` prints them instead of the text
    #[arg(long, value_name = "FILE|-")]
    dot: Option<PathBuf>,
    #[command(flatten)]
    tests: TestsArgs,
}

/// Explains the one test that is meant.
pub(super) fn explain(args: &ExplainArgs) -> Result<ExitCode, CliError> {
    let loaded = args.tests.read()?;
    let test = find(&loaded, &args.test)?;
    let outcomes = model::outcomes(test)?;
    if let Some(path) = &args.dot {
        let graphs = graph(test, &outcomes);
        if path.as_os_str() == "-" {
            print_raw(graphs.as_bytes())?;
            return Ok(code_of(&loaded));
        }
        fs::write(path, graphs)
            .map_err(|source| CliError::Graph { path: path.display().to_string(), source })?;
    }
    let mut page = Page::new();
    for (mark, line) in text(test, &outcomes) {
        let tone = match mark {
            Mark::Heading => Tone::Bold,
            Mark::Allowed => Tone::Good,
            Mark::Forbidden => Tone::Notice,
            Mark::Detail => Tone::Plain,
        };
        match line.strip_prefix("    ") {
            Some(reason) if line.chars().count() > 100 => page.wrapped(tone, 0, 4, reason),
            _ => page.line(tone, &line),
        };
    }
    print(&page)?;
    Ok(code_of(&loaded))
}

fn find<'l>(loaded: &'l Loaded, wanted: &str) -> Result<&'l Test, CliError> {
    if let Some(test) = loaded.tests.iter().find(|test| test.id == wanted) {
        return Ok(test);
    }
    let pattern = Pattern::new(wanted)?;
    let found: Vec<&Test> = loaded.tests.iter().filter(|test| pattern.finds(&test.id)).collect();
    match found.as_slice() {
        [] => Err(CliError::NoTest(format!("`{wanted}`"))),
        [test] => Ok(test),
        several => {
            let ids: String = several.iter().take(20).map(|test| format!("\n  {}", test.id)).collect();
            Err(CliError::Ambiguous(wanted.to_owned(), ids))
        }
    }
}
