//! Progress on standard error, while a person waits; nothing where standard error is no terminal.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::event::{Event, Reporter};
use crate::shown::escaped;

/// A bar that counts runs.
pub struct Progress {
    bar: ProgressBar,
    cases: u64,
    news: u64,
}

impl Progress {
    /// A bar on standard error, hidden where that is no terminal.
    pub fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, cases: 0, news: 0 }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Reporter for Progress {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { cases, .. } => self.cases = *cases as u64,
            Event::Runtime(info) if info.handshake().is_some() => self.bar.inc_length(self.cases),
            Event::Runtime(_) | Event::CaseFinished(_) => {}
            Event::RunFinished { case, runtime, run } => {
                self.news += u64::from(run.status.is_news());
                let news =
                    if self.news > 0 { format!("{} not as expected; ", self.news) } else { String::new() };
                self.bar.set_message(format!("{news}{} {}", escaped(&runtime.name), escaped(&case.id)));
                self.bar.inc(1);
            }
            Event::Finished(_) => self.bar.finish_and_clear(),
        }
    }
}
