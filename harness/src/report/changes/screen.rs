//! What changed between two reports, on a screen.

use super::super::screen::{Page, Tone, shortened};
use super::{Changes, Kind, RunChange, RuntimeChange};

/// The longest detail that is shown whole, in characters.
const LONGEST: usize = 400;

impl Changes {
    /// The changes for a person to read; news first.
    pub fn page(&self) -> Page {
        let mut page = Page::new();
        self.add_runtimes(&mut page);
        for (kind, title, tone) in [
            (Kind::NewFailure, "new failures", Tone::Bad),
            (Kind::Fixed, "fixed", Tone::Good),
            (Kind::KnownFailure, "new failures that are known", Tone::Notice),
            (Kind::Changed, "changed", Tone::Notice),
        ] {
            let runs: Vec<&RunChange> = self.runs.iter().filter(|run| run.kind == kind).collect();
            add_runs(&mut page, title, tone, &runs);
        }
        let diverging = |news: bool| -> Vec<&str> {
            self.diverging.iter().filter(|d| d.news == news).map(|d| d.case.as_str()).collect()
        };
        add_ids(&mut page, Tone::Bad, "diverge now, and nobody knew", &diverging(true));
        add_ids(&mut page, Tone::Notice, "diverge now, as is known", &diverging(false));
        for (title, ids) in [
            ("diverge no more", &self.agreeing),
            ("new cases", &self.cases_added),
            ("cases that are gone", &self.cases_gone),
            ("cases that were edited", &self.cases_edited),
        ] {
            add_ids(&mut page, Tone::Plain, title, &ids.iter().map(String::as_str).collect::<Vec<_>>());
        }
        self.add_closing(&mut page);
        page
    }

    fn add_runtimes(&self, page: &mut Page) {
        for change in &self.runtimes {
            let (tone, text) = match change {
                RuntimeChange::Added { runtime } => (Tone::Plain, format!("new runtime  {runtime}")),
                RuntimeChange::Gone { runtime } => {
                    (Tone::Plain, format!("not asked for any more  {runtime}"))
                }
                RuntimeChange::Lost { runtime, reason } => {
                    (Tone::Bad, format!("lost runtime  {runtime}: {reason}"))
                }
                RuntimeChange::Found { runtime } => (Tone::Good, format!("available again  {runtime}")),
                RuntimeChange::Version { runtime, old, new } => {
                    (Tone::Plain, format!("{runtime}  was {old}, is {new}"))
                }
            };
            page.wrapped(tone, 0, 0, &text);
        }
        for change in &self.features {
            let (runtime, feature) = (&change.runtime, change.feature);
            match &change.lost {
                Some(reason) => {
                    page.wrapped(Tone::Bad, 0, 0, &format!("lost {feature}  {runtime}: {reason}"))
                }
                None => page.wrapped(Tone::Good, 0, 0, &format!("has {feature} now  {runtime}")),
            };
        }
        if !self.runtimes.is_empty() || !self.features.is_empty() {
            page.end();
        }
    }

    fn add_closing(&self, page: &mut Page) {
        let count = |kind: Kind| self.runs.iter().filter(|run| run.kind == kind).count();
        let lost = self.features.iter().filter(|feature| feature.lost.is_some()).count();
        let parts: Vec<String> = [
            (count(Kind::NewFailure), "new failures"),
            (count(Kind::KnownFailure), "new known failures"),
            (count(Kind::Fixed), "fixed"),
            (count(Kind::Changed), "changed"),
            (self.diverging.len(), "newly diverging"),
            (self.agreeing.len(), "diverging no more"),
            (lost, "features lost"),
            (self.cases_added.len(), "new cases"),
            (self.cases_gone.len(), "cases gone"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{what}: {count}"))
        .collect();
        let tone = if self.is_news() { Tone::Bad } else { Tone::Good };
        let text = if parts.is_empty() { "no case changed".to_owned() } else { parts.join(", ") };
        page.wrapped(tone, 0, 0, &text);
    }
}

fn add_runs(page: &mut Page, title: &str, tone: Tone, runs: &[&RunChange]) {
    if runs.is_empty() {
        return;
    }
    page.line(tone, title);
    for run in runs {
        let old = run.old.map_or("not run", |verdict| verdict.name());
        let verdicts =
            if run.old == Some(run.new) { old.to_owned() } else { format!("{old} -> {}", run.new.name()) };
        page.line(Tone::Plain, &format!("  {}  {}  {verdicts}", run.runtime, run.case));
        if !run.detail.is_empty() {
            page.wrapped(Tone::Dim, 0, 4, &shortened(&run.detail, LONGEST));
        }
        if let Some(link) = &run.link {
            page.wrapped(Tone::Dim, 0, 4, link);
        }
    }
    page.end();
}

fn add_ids(page: &mut Page, tone: Tone, title: &str, ids: &[&str]) {
    if !ids.is_empty() {
        page.line(tone, title);
        page.wrapped(Tone::Plain, 0, 2, &ids.join(", "));
        page.end();
    }
}
