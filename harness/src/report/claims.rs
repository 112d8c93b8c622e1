//! The screen of `samebytes claims`: claim by claim what was found, the cases that decide, and what
//! their deciding steps did.

use std::collections::BTreeMap;

use super::screen::{Page, Tone, shortened};
use crate::case::Bearing;
use crate::claims::{Conclusion, Decision, Evidence, Finding, Open, Witness};
use crate::event::{CaseRun, Results};
use crate::protocol::{Observation, StepResult};
use crate::verdict::{Verdict, describe};

/// The longest text of a runtime that is shown whole, in characters.
const LONGEST: usize = 120;
/// How many documents are named for each way of bearing on a claim, and shown with their steps.
const DOCUMENTS: usize = 3;
/// How many steps are shown of a document.
const STEPS: usize = 2;
const INDENT: usize = 4;

/// The report on claims.
pub fn claims(results: &Results, decisions: &[Decision<'_>]) -> Page {
    let mut page = Page::new();
    for decision in decisions {
        add_decision(&mut page, results, decision);
    }
    if !decisions.is_empty() {
        page.end();
    }
    add_closing(&mut page, results, decisions);
    page
}

fn tone_of(conclusion: Conclusion) -> Tone {
    match conclusion {
        Conclusion::Holds => Tone::Good,
        Conclusion::Refuted => Tone::Bad,
        Conclusion::Differs => Tone::Notice,
        Conclusion::Undecided | Conclusion::NotMeasured => Tone::Dim,
    }
}

fn add_decision(page: &mut Page, results: &Results, decision: &Decision<'_>) {
    let claim = decision.claim;
    let number = format!("{:>2}  ", claim.id);
    page.add(Tone::Dim, &number);
    page.add(tone_of(decision.conclusion), decision.conclusion.name());
    let used = number.len() + decision.conclusion.name().len();
    page.add(Tone::Plain, "  ");
    page.wrapped(Tone::Bold, used + 2, INDENT, &claim.text);
    if claim.open == Some(Open::Measurement) {
        return;
    }
    add_findings(page, results, decision);
    if claim.open == Some(Open::Browser) {
        page.wrapped(Tone::Dim, 0, INDENT, "what it says of browsers needs a browser, and none is run");
    }
    for bearing in [Bearing::Refutes, Bearing::Supports, Bearing::Limits] {
        add_witnesses(page, results, decision, bearing);
    }
}

/// What was found where, unless it is the same everywhere and told already.
fn add_findings(page: &mut Page, results: &Results, decision: &Decision<'_>) {
    let name = |place: &usize| results.runtimes.get(*place).map_or("", |info| info.name.as_str());
    let mut undecided: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut parts = Vec::new();
    for (word, wanted) in [("holds in", Finding::Holds), ("refuted in", Finding::Refuted)] {
        let names: Vec<&str> = decision
            .findings
            .iter()
            .filter(|(_, finding)| *finding == wanted)
            .map(|(p, _)| name(p))
            .collect();
        if !names.is_empty() {
            parts.push(format!("{word} {}", names.join(", ")));
        }
    }
    for (place, finding) in &decision.findings {
        if let Finding::Undecided { reason } = finding {
            undecided.entry(reason).or_default().push(name(place));
        }
    }
    for (reason, names) in undecided {
        parts.push(format!("not decided in {} ({})", names.join(", "), shortened(reason, LONGEST)));
    }
    if decision.findings.is_empty() {
        parts.push(match decision.claim.about.as_slice() {
            [] => "no runtime was run".to_owned(),
            about => format!("it is about {}, which was not run", about.join(", ")),
        });
    }
    page.wrapped(Tone::Plain, 0, INDENT, &parts.join("; "));
}

/// The cases that bear on a claim in one way, by document, and what the deciding steps did.
fn add_witnesses(page: &mut Page, results: &Results, decision: &Decision<'_>, bearing: Bearing) {
    let mut documents: Vec<(&str, Vec<&Witness<'_>>)> = Vec::new();
    for witness in decision.witnesses.iter().filter(|witness| witness.bearing == bearing) {
        let document = document_of(&witness.result.case.id);
        match documents.last_mut().filter(|(last, _)| *last == document) {
            Some((_, cases)) => cases.push(witness),
            None => documents.push((document, vec![witness])),
        }
    }
    // What did not do as it says is worth the most to a reader, then what executes a sample of the
    // article, then what names its steps.
    documents.sort_by_key(|(document, cases)| {
        let steps = cases.iter().any(|witness| !witness.steps(decision.claim.id).is_empty());
        let contrary = cases.iter().any(|witness| contrary(decision, witness).next().is_some());
        (!contrary, !document.contains("/the-articles-"), !steps)
    });
    for (document, cases) in documents.iter().take(DOCUMENTS) {
        let count = if cases.len() == 1 { String::new() } else { format!(" ({} cases)", cases.len()) };
        let head = format!("    {}  ", bearing.name());
        page.add(Tone::Dim, &head);
        let mut places: Vec<usize> = cases.iter().flat_map(|witness| contrary(decision, witness)).collect();
        places.sort_unstable();
        places.dedup();
        let names: Vec<&str> =
            places.iter().filter_map(|place| Some(results.runtimes.get(*place)?.name.as_str())).collect();
        let (tone, not) = match names.as_slice() {
            [] => (Tone::Plain, String::new()),
            names => (Tone::Notice, format!(", and not in {}", names.join(", "))),
        };
        page.wrapped(tone, head.len(), 2 * INDENT, &format!("{document}{count}{not}"));
        // The first one that did not do as it says is the one to look at.
        let telling =
            cases.iter().find(|witness| contrary(decision, witness).next().is_some()).or(cases.first());
        if let Some(witness) = telling {
            add_steps(page, results, decision, witness);
        }
    }
    if documents.len() > DOCUMENTS {
        let cases: usize = documents[DOCUMENTS..].iter().map(|(_, cases)| cases.len()).sum();
        let more = many(documents.len() - DOCUMENTS, "more document");
        let text = format!("    {}  {more}, {}", bearing.name(), many(cases, "case"));
        page.line(Tone::Dim, &text);
    }
}

fn document_of(id: &str) -> &str {
    id.split('[').next().unwrap_or(id)
}

/// The places of the runtimes that did not do as a case says, among those that the claim is about.
fn contrary<'w>(decision: &'w Decision<'_>, witness: &'w Witness<'_>) -> impl Iterator<Item = usize> + 'w {
    let about = |run: &&CaseRun| decision.findings.iter().any(|(place, _)| *place == run.runtime);
    let failed = move |run: &&CaseRun| match witness.bearing {
        Bearing::Limits => run.judgement.verdict == Verdict::Fail,
        bearing => {
            let opposite = if bearing == Bearing::Supports { Evidence::Refutes } else { Evidence::Supports };
            witness.evidence.iter().any(|(place, evidence)| *place == run.runtime && *evidence == opposite)
        }
    };
    witness.result.runs.iter().filter(about).filter(failed).map(|run| run.runtime)
}

/// What the deciding steps of a case did, runtimes that did the same together.
fn add_steps(page: &mut Page, results: &Results, decision: &Decision<'_>, witness: &Witness<'_>) {
    let result = witness.result;
    let about: Vec<usize> = decision.findings.iter().map(|(place, _)| *place).collect();
    let mut steps = witness.steps(decision.claim.id);
    if steps.is_empty() {
        let failed = |run: &&CaseRun| contrary(decision, witness).any(|place| place == run.runtime);
        steps.extend(result.runs.iter().filter(failed).filter_map(|run| run.judgement.step).take(1));
    }
    // A step that is written twice is shown once.
    steps.dedup_by_key(|step| result.case.steps.get(step).map(|info| info.text.as_str()));
    for step in steps.iter().take(STEPS) {
        let mut did: Vec<(String, Vec<&str>)> = Vec::new();
        for run in result.runs.iter().filter(|run| about.contains(&run.runtime)) {
            let text = observed(run.record.observations.iter().filter(|o| o.step == *step));
            let (Some(text), Some(info)) = (text, results.runtimes.get(run.runtime)) else { continue };
            match did.iter_mut().find(|(same, _)| *same == text) {
                Some((_, names)) => names.push(&info.name),
                None => did.push((text, vec![&info.name])),
            }
        }
        if did.is_empty() {
            continue;
        }
        let text = result.case.steps.get(step).map_or("", |info| info.text.as_str());
        page.wrapped(Tone::Dim, 0, 2 * INDENT, text);
        for (text, names) in did {
            page.wrapped(Tone::Plain, 0, 3 * INDENT, &format!("{}: {text}", names.join(", ")));
        }
    }
}

/// What a step did, in all its invocations; none where nothing was observed.
fn observed<'o>(observations: impl Iterator<Item = &'o Observation>) -> Option<String> {
    let mut texts: Vec<String> = observations.map(|o| words(&o.result)).collect();
    texts.dedup();
    (!texts.is_empty()).then(|| texts.join(", then "))
}

/// What a step did in words that are the same for what is never compared.
fn words(result: &StepResult) -> String {
    match result {
        StepResult::Trap { .. } => "trapped".to_owned(),
        StepResult::Threw { error, .. } => format!("threw {error}"),
        StepResult::Returned { values } => {
            let values = values.iter().map(|seen| seen.value.clone().into()).collect();
            shortened(&describe(&StepResult::Returned { values }), LONGEST)
        }
        StepResult::Repeated { runs, unrecorded: 0 } if runs.len() == 1 => {
            format!("{} ({} rounds)", words(&runs[0].result), runs[0].rounds)
        }
        other => shortened(&describe(other), LONGEST),
    }
}

fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn add_closing(page: &mut Page, results: &Results, decisions: &[Decision<'_>]) {
    let counts = Conclusion::ALL.iter().filter_map(|conclusion| {
        let count = decisions.iter().filter(|decision| decision.conclusion == *conclusion).count();
        (count > 0).then(|| format!("{count} {}", conclusion.name()))
    });
    let ready = results.runtimes.iter().filter(|info| info.handshake().is_some()).count();
    let text = format!(
        "{}{} by {} in {}: {} ({:.1}s)",
        if results.interrupted { "interrupted: " } else { "" },
        many(decisions.len(), "claim"),
        many(results.cases.len(), "case"),
        many(ready, "runtime"),
        counts.collect::<Vec<_>>().join(", "),
        results.took.as_secs_f64()
    );
    page.wrapped(if results.interrupted { Tone::Bad } else { Tone::Bold }, 0, 0, &text);
}
