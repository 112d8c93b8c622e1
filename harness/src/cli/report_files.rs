//! Reports that are files: where they go, opened before there is work to lose, and written from the
//! machine-readable one.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use clap::Args;

use super::{CliError, print_raw};
use crate::report::document::Report;
use crate::report::{annotations, html, junit, markdown};

/// Which reports to make beside the screen and the machine-readable one.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct ReportArgs {
    /// Write a page that opens in a browser
    #[arg(long, value_name = "FILE")]
    html: Option<String>,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    junit: Option<String>,
    /// Write a summary in Markdown, as for $GITHUB_STEP_SUMMARY
    #[arg(long, value_name = "FILE")]
    markdown: Option<String>,
    /// Print whatever is not as expected as annotations of GitHub Actions
    #[arg(long)]
    annotations: bool,
    /// Compare with an earlier machine-readable report, in the page and the summary
    #[arg(long, value_name = "OLD.json")]
    previous: Option<String>,
}

/// Reports that can be written.
pub(super) struct OpenReports {
    html: Option<ReportFile>,
    junit: Option<ReportFile>,
    markdown: Option<ReportFile>,
    annotations: bool,
    /// Standard output belongs to a report.
    stdout_taken: bool,
    previous: Option<Report>,
}

impl ReportArgs {
    /// Is anything asked for?
    pub(super) fn is_empty(&self) -> bool {
        self.files().next().is_none() && !self.annotations
    }

    fn files(&self) -> impl Iterator<Item = &String> {
        [&self.html, &self.junit, &self.markdown].into_iter().flatten()
    }

    /// Opens the files and reads the previous report. `stdout_taken` says that a report goes to standard
    /// output already.
    pub(super) fn open(&self, stdout_taken: bool) -> Result<OpenReports, CliError> {
        let to_stdout = self.files().filter(|path| *path == "-").count();
        if to_stdout + usize::from(stdout_taken) > 1 {
            return Err(CliError::Stdout);
        }
        let mut seen = BTreeSet::new();
        if let Some(path) = self.files().find(|path| !seen.insert(*path)) {
            return Err(CliError::SameFile(path.clone()));
        }
        let previous = self.previous.as_deref().map(read_report).transpose()?;
        let open = |path: &Option<String>| path.as_deref().map(ReportFile::open).transpose();
        Ok(OpenReports {
            html: open(&self.html)?,
            junit: open(&self.junit)?,
            markdown: open(&self.markdown)?,
            annotations: self.annotations,
            stdout_taken: stdout_taken || to_stdout > 0,
            previous,
        })
    }
}

impl OpenReports {
    /// Writes what was asked for.
    pub(super) fn write(self, report: &Report) -> Result<(), CliError> {
        let previous = self.previous.as_ref();
        if let Some(file) = self.html {
            file.write(&html(report, previous)?)?;
        }
        if let Some(file) = self.junit {
            file.write(&junit(report)?)?;
        }
        if let Some(file) = self.markdown {
            file.write(&markdown(report, previous))?;
        }
        if self.annotations {
            let text =
                annotations(report, &|path| Path::new(path).is_relative() && Path::new(path).is_file());
            // GitHub reads both streams.
            if self.stdout_taken {
                let _ = std::io::stderr().lock().write_all(text.as_bytes());
            } else {
                print_raw(text.as_bytes())?;
            }
        }
        Ok(())
    }
}

/// Reads a machine-readable report.
pub(super) fn read_report(path: &str) -> Result<Report, CliError> {
    let text =
        fs::read_to_string(path).map_err(|source| CliError::ReadReport { path: path.to_owned(), source })?;
    Report::parse(&text).map_err(|source| CliError::BadReport { path: path.to_owned(), source })
}

/// A file that is going to hold a report, or standard output.
pub(super) struct ReportFile {
    path: String,
    file: Option<File>,
}

impl ReportFile {
    /// Opens it for writing; what it holds stays until the report is there. `-` is standard output.
    pub(super) fn open(path: &str) -> Result<Self, CliError> {
        let path = path.to_owned();
        if path == "-" {
            return Ok(Self { path, file: None });
        }
        match OpenOptions::new().write(true).create(true).truncate(false).open(&path) {
            Ok(file) => Ok(Self { path, file: Some(file) }),
            Err(source) => Err(CliError::Report { path, source }),
        }
    }

    pub(super) fn write(self, text: &str) -> Result<(), CliError> {
        let Some(mut file) = self.file else { return print_raw(text.as_bytes()).map(drop) };
        let is_file = fs::metadata(&self.path).is_ok_and(|data| data.is_file());
        let emptied = if is_file { file.set_len(0) } else { Ok(()) };
        emptied
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(|source| CliError::Report { path: self.path, source })
    }
}
