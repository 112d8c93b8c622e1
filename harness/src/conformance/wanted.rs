//! Which tests the arguments let run, as far as their names tell: a runtime without any is not even
//! started, and a document without any is not read.

use libtest_mimic::Arguments;

/// The test that the files have no mistakes.
pub const EVERY_CASE: &str = "suite::every_case_can_be_read";

pub struct Wanted<'a> {
    filter: Option<&'a str>,
    exact: bool,
}

impl<'a> Wanted<'a> {
    pub fn new(args: &'a Arguments) -> Self {
        let filter = args.filter.as_deref();
        // An exact filter has the kind that a listing shows before the name.
        let name = filter.and_then(|text| text.strip_prefix('[')?.split_once("] ")).map(|(_, name)| name);
        Self { filter: if args.exact { name.or(filter) } else { filter }, exact: args.exact }
    }

    /// Nothing that names one document alone was asked for.
    pub fn wants_every_document(&self) -> bool {
        self.document().is_none()
    }

    /// May a test that is wanted need this document? nextest runs each test in a process of its own,
    /// which must not read the whole suite.
    pub fn may_need(&self, document: &str) -> bool {
        let Some(file) = self.document() else { return true };
        document.strip_suffix(".yaml") == Some(&file)
    }

    fn document(&self) -> Option<String> {
        let one = self.filter.filter(|name| self.exact && *name != EVERY_CASE);
        let (_, case) = one?.split_once("::")?;
        Some(case.split('[').next().unwrap_or_default().replace("::", "/"))
    }

    pub fn may_run(&self, name: &str) -> bool {
        match self.filter {
            None => true,
            Some(filter) if self.exact => filter == name,
            // Part of a kind, which only a runtime can tell.
            Some(filter) if filter.contains(['[', ' ']) => true,
            Some(filter) => name.contains(filter),
        }
    }
}
