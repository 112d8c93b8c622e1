//! An entry of the store: one version of one build, in a folder of its own with a note of what was
//! put there, so that damage is noticed and named instead of being taken for a fault of the runtime.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::packages::Platform;
use super::spec::{Build, Spec};
use crate::machine::is_executable;
use crate::value::hex;

/// The note's file name.
const NOTE: &str = "entry.json";
/// The folder of the package's files.
pub(super) const FILES: &str = "package";
/// The form of the note that this program writes and reads.
const SCHEMA: u32 = 1;

/// What was put into an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    schema: u32,
    /// The npm package.
    pub package: String,
    /// Its version.
    pub version: Version,
    /// npm's checksum of it, where npm tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integrity: Option<String>,
    /// The path of the program among the package's files.
    pub program: String,
    /// The program's length.
    pub bytes: u64,
    /// The program's checksum.
    pub sha256: String,
}

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The note is gone or holds something else.
    #[error("the note of what is in it cannot be read ({0})")]
    Note(String),
    /// It is another machine's.
    #[error("it holds {0}, which is not for this machine")]
    Foreign(String),
    /// The program is gone or may not be run.
    #[error("its program is gone or cannot be run")]
    Program,
    /// The program has another length.
    #[error("its program has {found} of {wanted} bytes")]
    Length {
        /// What it has.
        found: u64,
        /// What it had.
        wanted: u64,
    },
    /// The program has other bytes.
    #[error("the bytes of its program have changed")]
    Bytes,
}

/// A version of a build that is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The build.
    pub build: Build,
    /// The version.
    pub version: Version,
    folder: PathBuf,
}

impl Entry {
    /// The entry that a folder of this name is, if it is one.
    pub(super) fn of_folder(folder: PathBuf) -> Option<Self> {
        let name = folder.file_name()?.to_str()?;
        let (build, version) = Build::ALL.iter().find_map(|build| {
            let version = name.strip_prefix(build.name())?.strip_prefix('-')?;
            Some((*build, Version::parse(version).ok()?))
        })?;
        Some(Self { build, version, folder })
    }

    /// The entry that this version of the build would be.
    pub(super) fn within(store: &Path, build: Build, version: &Version) -> Self {
        let folder = store.join(format!("{build}-{version}"));
        Self { build, version: version.clone(), folder }
    }

    /// What reports call it: `node@24.21.0`.
    pub fn label(&self) -> String {
        format!("{}@{}", self.build, self.version)
    }

    /// What means exactly this.
    pub fn spec(&self) -> Spec {
        Spec::exactly(self.build, self.version.clone())
    }

    /// Its folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of its program, if as much of it is there as was put there. Its bytes are looked at
    /// by [`Entry::verify`] alone.
    ///
    /// # Errors
    ///
    /// If the entry is damaged.
    pub fn program(&self) -> Result<PathBuf, Damage> {
        Ok(self.read()?.1)
    }

    /// Looks at every byte of the program.
    ///
    /// # Errors
    ///
    /// If the entry is damaged.
    pub fn verify(&self) -> Result<(), Damage> {
        let (note, program) = self.read()?;
        if sha256(&program).is_ok_and(|found| found == note.sha256) { Ok(()) } else { Err(Damage::Bytes) }
    }

    /// How many bytes its files have.
    pub fn size(&self) -> u64 {
        size_of(&self.folder)
    }

    fn read(&self) -> Result<(Note, PathBuf), Damage> {
        let text = fs::read(self.folder.join(NOTE)).map_err(|error| Damage::Note(error.to_string()))?;
        let note: Note = serde_json::from_slice(&text).map_err(|error| Damage::Note(error.to_string()))?;
        let path = Path::new(&note.program);
        if note.schema != SCHEMA || !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Damage::Note("another samebytes wrote it".to_owned()));
        }
        if Platform::here().package(self.build).is_none_or(|package| package.name != note.package) {
            return Err(Damage::Foreign(note.package));
        }
        let program = self.folder.join(FILES).join(path);
        if !is_executable(&program) {
            return Err(Damage::Program);
        }
        let found = program.metadata().map_err(|_| Damage::Program)?.len();
        match found == note.bytes {
            true => Ok((note, program)),
            false => Err(Damage::Length { found, wanted: note.bytes }),
        }
    }
}

/// Writes the note of a package whose files are in `folder` already.
pub(super) fn write_note(
    folder: &Path,
    package: &str,
    version: &Version,
    integrity: Option<String>,
    program: &str,
) -> io::Result<()> {
    let path = folder.join(FILES).join(program);
    let note = Note {
        schema: SCHEMA,
        package: package.to_owned(),
        version: version.clone(),
        integrity,
        program: program.to_owned(),
        bytes: path.metadata()?.len(),
        sha256: sha256(&path)?,
    };
    fs::write(folder.join(NOTE), serde_json::to_string_pretty(&note)? + "\n")
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

fn size_of(path: &Path) -> u64 {
    let Ok(data) = path.symlink_metadata() else { return 0 };
    if !data.is_dir() {
        return data.len();
    }
    let inside =
        fs::read_dir(path).map(|entries| entries.flatten().map(|entry| size_of(&entry.path())).sum());
    inside.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &str) -> Option<String> {
        Entry::of_folder(Path::new("/store").join(name)).map(|entry| entry.label())
    }

    #[test]
    fn a_folder_is_an_entry_by_its_name() {
        assert_eq!(label("node-24.21.0").as_deref(), Some("node@24.21.0"));
        assert_eq!(label("bun-1.3.5").as_deref(), Some("bun@1.3.5"));
        assert_eq!(label("bun-baseline-1.3.5").as_deref(), Some("bun-baseline@1.3.5"));
        assert_eq!(label("bun-1.4.2-canary.1").as_deref(), Some("bun@1.4.2-canary.1"));
        for other in ["work-1.2.3", "lock", "node-24", "node", "node-", "deno-latest"] {
            assert_eq!(label(other), None, "{other}");
        }
    }

    #[test]
    fn a_note_that_leads_out_of_the_entry_is_not_followed() {
        let store = tempfile::tempdir().expect("a temporary folder");
        let entry = Entry::within(store.path(), Build::Bun, &Version::new(1, 3, 5));
        fs::create_dir_all(entry.folder().join(FILES)).expect("a folder");
        fs::write(store.path().join("program"), "").expect("a file");
        let package = Platform::here().package(Build::Bun).map_or("none", |package| package.name);
        let program = "../../program";
        write_note(entry.folder(), package, &entry.version, None, program).expect("a note");
        assert!(matches!(entry.program(), Err(Damage::Note(_))), "{:?}", entry.program());
    }

    #[test]
    fn another_machines_entry_is_not_run() {
        let store = tempfile::tempdir().expect("a temporary folder");
        let entry = Entry::within(store.path(), Build::Bun, &Version::new(1, 3, 5));
        fs::create_dir_all(entry.folder().join(FILES)).expect("a folder");
        fs::write(entry.folder().join(FILES).join("bun"), "").expect("a file");
        write_note(entry.folder(), "@oven/bun-plan9", &entry.version, None, "bun").expect("a note");
        assert_eq!(entry.program(), Err(Damage::Foreign("@oven/bun-plan9".to_owned())));
    }
}
