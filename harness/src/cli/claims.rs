//! `samebytes claims`: the article's claims, held against what runtimes do.

use std::sync::Arc;

use clap::Args;

use super::running::{RunningArgs, code_of_run};
use super::{CliError, ExitCode, SuiteArgs, code_of};
use crate::case::Case;
use crate::claims::decide;
use crate::report::{self, claims_json};
use crate::suite::Options;

/// The arguments of `claims`.
#[derive(Args, Clone, Debug)]
pub(super) struct ClaimsArgs {
    /// Numbers of claims; all where there is none
    #[arg(value_name = "CLAIM")]
    claims: Vec<u32>,
    #[command(flatten)]
    suite: SuiteArgs,
    #[command(flatten)]
    running: RunningArgs,
}

/// Runs the cases that bear on claims, and reports. A refuted claim is no failure.
pub(super) fn claims(args: &ClaimsArgs) -> Result<ExitCode, CliError> {
    let choices = args.running.choices()?;
    let suite = args.suite.read();
    // A claim of a file that could not be read may be the one that is meant; that was said already.
    let unknown = args.claims.iter().find(|claim| suite.claims.get(**claim).is_none());
    if let Some(claim) = unknown.filter(|_| suite.problems.is_empty()) {
        return Err(CliError::NoClaim(*claim));
    }
    let wanted = |claim: u32| args.claims.is_empty() || args.claims.contains(&claim);
    let bears = |case: &&Arc<Case>| case.claims.keys().any(|claim| wanted(*claim));
    let cases: Vec<Arc<Case>> = suite.cases.iter().filter(bears).cloned().collect();
    let prepared = args.running.prepare(choices)?;
    let results = prepared.run(&cases, &suite.expectations, Options::default())?;
    let mut decisions = decide(&suite.claims, &results);
    decisions.retain(|decision| wanted(decision.claim.id));
    prepared.report(
        &results,
        || claims_json(&results, &decisions),
        || report::claims(&results, &decisions),
    )?;
    Ok(code_of(&suite).max(code_of_run(&results)))
}
