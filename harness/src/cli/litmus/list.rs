//! `samebytes litmus list`: the tests.

use clap::Args;

use super::{TestsArgs, chosen, code_of};
use crate::cli::{CliError, ExitCode, print};
use crate::report::{Page, Tone};

/// Which tests are listed.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct ListArgs {
    /// Parts of ids, or globs over ids; a test is meant if one of them finds it
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    #[command(flatten)]
    tests: TestsArgs,
}

/// Lists ids and titles.
pub(super) fn list(args: &ListArgs) -> Result<ExitCode, CliError> {
    let loaded = args.tests.read()?;
    let mut page = Page::new();
    for test in chosen(&loaded, &args.filters)? {
        page.add(Tone::Bold, &test.id).line(Tone::Plain, &format!("  {}", test.title));
    }
    print(&page)?;
    Ok(code_of(&loaded))
}
