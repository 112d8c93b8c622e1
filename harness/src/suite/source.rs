//! Where cases, guests and expectations come from: the bundled suite, or folders. Reading what the
//! files say belongs to `case` and `expectations`.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use crate::bundle;
use crate::case::{self, CLAIMS, Case, Content, Problem};
use crate::claims::Claims;
use crate::expectations::{Expectations, Unmatched};

/// Which folders to read.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Instead of the bundled suite.
    pub cases: Option<PathBuf>,
    /// Beside it.
    pub also: Vec<PathBuf>,
    /// Files of known failures, or folders of them, beside those that come with the cases.
    pub expectations: Vec<PathBuf>,
}

/// A suite that was read.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// The cases that can be run, sorted by id.
    pub cases: Vec<Arc<Case>>,
    /// The claims that cases decide.
    pub claims: Claims,
    /// What is known of runtimes.
    pub expectations: Expectations,
    /// What is wrong with files.
    pub problems: Vec<Problem>,
}

impl Catalogue {
    /// Entries of expectations files that name no case; the suite must have been read as a whole.
    pub fn unmatched(&self) -> Vec<Unmatched> {
        self.expectations.unmatched(self.cases.iter().map(|case| case.id.as_str()))
    }
}

impl Source {
    /// Reads everything. Mistakes are in the result; nothing is run.
    pub fn read(&self) -> Catalogue {
        self.read_documents(&|_| true)
    }

    /// Reads the bundled documents whose path, such as `visibility/grow.yaml`, is wanted, and
    /// everything of other folders. Whoever runs a single case need not wait for all of them.
    pub fn read_documents(&self, wanted: &dyn Fn(&str) -> bool) -> Catalogue {
        let mut suite = Catalogue::default();
        match &self.cases {
            Some(folder) => suite.add_folder(folder),
            None => suite.add_bundled(wanted),
        }
        // Cases from elsewhere may decide the claims that everybody knows.
        if suite.claims.is_empty() {
            suite.add_bundled_claims();
        }
        for folder in &self.also {
            suite.add_folder(folder);
        }
        for path in &self.expectations {
            suite.add_expectations_at(path);
        }
        suite.cases.sort_by(|a, b| a.id.cmp(&b.id));
        suite.report_twins();
        suite.report_unknown_claims();
        suite
    }
}

impl Catalogue {
    fn add_bundled(&mut self, wanted: &dyn Fn(&str) -> bool) {
        let documents = bundle::CASES.iter().filter(|(path, _)| wanted(path));
        let sources = documents.map(|(path, bytes)| case::Source::embedded(path, bytes));
        self.add(sources.collect(), &bundled_guest);
        for (path, bytes) in bundle::EXPECTATIONS {
            let content = Content::Bytes(bytes.to_vec());
            self.expectations.add_file(&format!("cases/expectations/{path}"), content, &mut self.problems);
        }
    }

    fn add_bundled_claims(&mut self) {
        for (path, bytes) in bundle::CASES.iter().filter(|(path, _)| *path == CLAIMS) {
            let content = Content::Bytes(bytes.to_vec());
            self.claims.add_file(&format!("cases/{path}"), content, &mut self.problems);
        }
    }

    fn add_folder(&mut self, folder: &Path) {
        let shown = folder.display().to_string();
        let sources = match case::directory(folder) {
            Ok(sources) if sources.is_empty() => {
                let message = "no cases: there is no .yaml file in this folder";
                return self.problems.push(Problem::of_file(shown, message));
            }
            Ok(sources) => sources,
            Err(error) => {
                return self.problems.push(Problem::of_file(shown, format!("cannot be read: {error}")));
            }
        };
        let places = [folder.join("guests"), folder.join("../guests")];
        self.add(sources, &|name| {
            let safe = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
            let found = places.iter().filter(|_| safe).find_map(|place| fs::read(place.join(name)).ok());
            found.map(Cow::Owned).or_else(|| bundled_guest(name))
        });
        self.add_expectations(&folder.join("expectations"));
        let claims = folder.join(CLAIMS);
        if claims.exists() {
            self.claims.add_file(&claims.display().to_string(), case::read(&claims), &mut self.problems);
        }
    }

    fn add(&mut self, sources: Vec<case::Source>, guests: &dyn Fn(&str) -> Option<Cow<'static, [u8]>>) {
        let loaded = case::load(sources, &|name| guests(name).map(Cow::into_owned));
        self.cases.extend(loaded.cases.into_iter().map(Arc::new));
        self.problems.extend(loaded.problems);
    }

    /// Somebody named it, so it has to be there.
    fn add_expectations_at(&mut self, path: &Path) {
        if path.is_dir() {
            return self.add_expectations(path);
        }
        self.expectations.add_file(&path.display().to_string(), case::read(path), &mut self.problems);
    }

    fn add_expectations(&mut self, folder: &Path) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => {
                let shown = folder.display().to_string();
                return self.problems.push(Problem::of_file(shown, format!("cannot be read: {error}")));
            }
        };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|ext| ext == "yaml")) {
            let content = case::read(path);
            self.expectations.add_file(&path.display().to_string(), content, &mut self.problems);
        }
    }

    /// A case that speaks of a claim that nobody made has a mistake. Where no claim could be read,
    /// that was said already.
    fn report_unknown_claims(&mut self) {
        let cases = self.cases.iter().filter(|_| !self.claims.is_empty());
        for case in cases {
            for claim in case.claims.keys().filter(|claim| self.claims.get(**claim).is_none()) {
                let message = format!("there is no claim {claim} in {CLAIMS}");
                let problem = Problem::of_file(case.source.file.clone(), message);
                if !self.problems.contains(&problem) {
                    self.problems.push(problem);
                }
            }
        }
    }

    /// Ids are what reports and expectations name cases by, so each has but one case; of two, the
    /// one that was read first stays.
    fn report_twins(&mut self) {
        let problems = &mut self.problems;
        self.cases.dedup_by(|twin, first| {
            let twins = twin.id == first.id;
            if twins {
                let message = format!("another case has the id {} already", first.id);
                problems.push(Problem::of_file(twin.source.file.clone(), message));
            }
            twins
        });
    }
}

fn bundled_guest(name: &str) -> Option<Cow<'static, [u8]>> {
    bundle::GUESTS.iter().find(|(path, _)| *path == name).map(|(_, bytes)| Cow::Borrowed(*bytes))
}
