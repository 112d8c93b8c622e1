//! Where cases come from: the bundled suite, or folders. Reading what the files say belongs to
//! `case` and `expectations`.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use crate::bundle;
use crate::case::{self, Case, Problem};
use crate::expectations::Expectations;

/// Folders of a suite that hold no cases of this language.
const OTHER_FOLDERS: &[&str] = &["expectations", "litmus", "guests"];
/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;
/// How deep folders may be nested.
const DEEPEST: usize = 8;

/// Which folders to read.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Instead of the bundled suite.
    pub cases: Option<PathBuf>,
    /// Beside it.
    pub also: Vec<PathBuf>,
}

/// A suite that was read.
#[derive(Debug, Default)]
pub struct Suite {
    /// The cases that can be run, sorted by id.
    pub cases: Vec<Arc<Case>>,
    /// What is known of runtimes.
    pub expectations: Expectations,
    /// What is wrong with files.
    pub problems: Vec<Problem>,
}

impl Source {
    /// Reads everything. Mistakes are in the result; nothing is run.
    pub fn read(&self) -> Suite {
        let mut suite = Suite::default();
        match &self.cases {
            Some(folder) => suite.add_folder(folder),
            None => suite.add_bundled(),
        }
        for folder in &self.also {
            suite.add_folder(folder);
        }
        suite.cases.sort_by(|a, b| a.id.cmp(&b.id));
        suite.report_twins();
        suite
    }
}

impl Suite {
    fn add_bundled(&mut self) {
        let documents = bundle::CASES
            .iter()
            .filter(|(path, _)| !in_other_folder(Path::new(path)))
            .map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
        self.add(documents.collect(), &bundled_guest);
        for (path, bytes) in bundle::EXPECTATIONS {
            self.expectations.add_file(&format!("expectations/{path}"), bytes, &mut self.problems);
        }
    }

    fn add_folder(&mut self, folder: &Path) {
        let mut paths = Vec::new();
        if let Err(error) = collect(folder, Path::new(""), 0, &mut paths) {
            let message = format!("cannot be read: {error}");
            self.problems.push(Problem::of_file(folder.display().to_string(), message));
            return;
        }
        paths.sort();
        let mut documents = Vec::new();
        let mut known = Vec::new();
        for path in paths {
            let file = folder.join(&path).display().to_string();
            let is_known = path.starts_with("expectations");
            if in_other_folder(&path) && !is_known {
                continue;
            }
            match read_small(&folder.join(&path)) {
                Ok(bytes) if is_known => known.push((file, bytes)),
                Ok(bytes) => documents.push((slashed(&path), bytes)),
                Err(error) => self.problems.push(Problem::of_file(file, format!("cannot be read: {error}"))),
            }
        }
        if documents.is_empty() && self.problems.is_empty() {
            let message = "no cases: there is no .yaml file in this folder";
            self.problems.push(Problem::of_file(folder.display().to_string(), message));
        }
        let places = [folder.join("guests"), folder.join("../guests")];
        self.add(documents, &|name| {
            let safe = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
            let found = places.iter().filter(|_| safe).find_map(|place| fs::read(place.join(name)).ok());
            found.map(Cow::Owned).or_else(|| bundled_guest(name))
        });
        for (file, bytes) in known {
            self.expectations.add_file(&file, &bytes, &mut self.problems);
        }
    }

    fn add(
        &mut self,
        documents: Vec<(String, Vec<u8>)>,
        guests: &dyn Fn(&str) -> Option<Cow<'static, [u8]>>,
    ) {
        let loaded = case::load(documents, &|name| guests(name).map(Cow::into_owned));
        self.cases.extend(loaded.cases.into_iter().map(Arc::new));
        self.problems.extend(loaded.problems);
    }

    /// Ids are what reports and expectations name cases by, so each has but one case; of two, the
    /// one that was read first stays.
    fn report_twins(&mut self) {
        let problems = &mut self.problems;
        self.cases.dedup_by(|twin, first| {
            let twins = twin.id == first.id;
            if twins {
                let message = format!("another case has the id {} already", first.id);
                problems.push(Problem::of_file(twin.file.clone(), message));
            }
            twins
        });
    }
}

fn bundled_guest(name: &str) -> Option<Cow<'static, [u8]>> {
    bundle::GUESTS.iter().find(|(path, _)| *path == name).map(|(_, bytes)| Cow::Borrowed(*bytes))
}

fn in_other_folder(path: &Path) -> bool {
    OTHER_FOLDERS.iter().any(|folder| path.starts_with(folder))
}

fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn collect(root: &Path, below: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        // A link to a folder is not followed: it could lead in a circle.
        if entry.file_type()?.is_dir() {
            if depth < DEEPEST {
                collect(root, &path, depth + 1, paths)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            paths.push(path);
        }
    }
    Ok(())
}

fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    let size = fs::metadata(path)?.len();
    if size > LARGEST {
        return Err(io::Error::other(format!("it has {size} bytes, and a file may have {LARGEST}")));
    }
    fs::read(path)
}
