//! Where cases come from: a folder, or files that are carried along.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The largest case file, in bytes.
pub const MOST_BYTES: u64 = 1 << 20;

/// One case file.
#[derive(Debug)]
pub struct Source {
    /// Its path below the suite's folder, with `/` between folders: `visibility/grow.yaml`.
    pub path: String,
    /// The file as messages name it.
    pub shown: String,
    /// What is in it.
    pub content: Content,
}

/// What is in a file.
#[derive(Debug)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// More than [`MOST_BYTES`]: so many. They were not read.
    TooLarge(u64),
    /// It cannot be read.
    Unreadable(io::Error),
}

impl Source {
    /// A file that is already in memory, by its path below the suite's folder.
    pub fn embedded(path: &str, bytes: &[u8]) -> Self {
        let content = match bytes.len() as u64 {
            size if size > MOST_BYTES => Content::TooLarge(size),
            _ => Content::Bytes(bytes.to_vec()),
        };
        Self { path: path.to_owned(), shown: format!("cases/{path}"), content }
    }
}

/// The file of the claims, below the suite's folder.
pub const CLAIMS: &str = "claims.yaml";

/// The matrix that the suite ships.
pub const MATRIX: &str = "matrix.yaml";

/// Is this a case, by its path below the suite's folder? Expectations, claims and litmus tests have
/// languages of their own.
pub fn is_case(path: &str) -> bool {
    let folder = path.split('/').next().unwrap_or_default();
    !matches!(folder, "expectations" | "litmus" | CLAIMS | MATRIX)
        && (path.ends_with(".yaml") || path.ends_with(".yml"))
}

/// All case files of a folder and the folders in it, by name. Symbolic links to folders are not
/// followed.
///
/// # Errors
///
/// A folder that cannot be listed. A file that cannot be read becomes a source that says so.
pub fn directory(root: &Path) -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") };
            if name.starts_with('.') {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if is_case(&path) {
                let content = read(&entry.path());
                sources.push(Source { shown: root.join(&path).display().to_string(), path, content });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

/// What is in a file, unless that is too much.
pub fn read(path: &Path) -> Content {
    let read = || {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        if size > MOST_BYTES {
            return Ok(Content::TooLarge(size));
        }
        let mut bytes = Vec::new();
        // The size may be that of a pipe, or change.
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(match bytes.len() as u64 {
            size if size > MOST_BYTES => Content::TooLarge(size),
            _ => Content::Bytes(bytes),
        })
    };
    read().unwrap_or_else(Content::Unreadable)
}
