//! Embeds the cases, the expectations, the guests and the runner, so that the built binary works
//! from any folder. What is done with them is decided in `bundle`, `case` and `runtime`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What is embedded: the name of the constant, the folder, and which files of it.
type Folder = (&'static str, &'static str, fn(&str) -> bool);

const FOLDERS: &[Folder] = &[
    ("CASES", "cases", |path| {
        // These have constants of their own.
        let other = path.starts_with("expectations/") || path.starts_with("litmus/");
        path.ends_with(".yaml") && !other
    }),
    ("LITMUS", "cases/litmus", |path| path.ends_with(".yaml")),
    ("EXPECTATIONS", "cases/expectations", |path| path.ends_with(".yaml")),
    ("GUESTS", "guests", |path| path.ends_with(".wat") || path.ends_with(".wasm")),
    ("RUNNER", "node-runner", |path| {
        let code = path.ends_with(".js") || path.ends_with(".mjs") || path == "package.json";
        code && !path.starts_with("test/") && !path.starts_with("tests/") && !path.contains(".test.")
    }),
];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo::rerun-if-changed=build.rs");
    let mut code = String::new();
    for (name, folder, wanted) in FOLDERS {
        // Cargo looks at a folder's files too, so new and removed ones are noticed.
        println!("cargo::rerun-if-changed={folder}");
        let mut files = Vec::new();
        collect(&root.join(folder), "", &mut files)?;
        files.retain(|path| wanted(path));
        files.sort();
        let _ = writeln!(code, "/// The files of `{folder}`: relative path and content, sorted.");
        let _ = writeln!(code, "pub static {name}: &[(&str, &[u8])] = &[");
        for path in files {
            let whole = root.join(folder).join(&path);
            let _ = writeln!(code, "    ({path:?}, include_bytes!({:?})),", whole.display().to_string());
        }
        code.push_str("];\n");
    }
    fs::write(out.join("bundle.rs"), code)
}

/// All files below `folder`, as paths with `/` relative to it; a missing folder has none.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') || name == "target" || name == "node_modules" {
            continue;
        }
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
