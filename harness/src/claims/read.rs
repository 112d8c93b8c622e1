//! The file of claims: a list, each with its number.

use super::{Claim, Claims, Open};
use crate::case::decode::{At, Count, Decode as _, Flag, Keyword, Report, Text, record};
use crate::case::{self, Content, Problem, yaml};

record! {
    /// A claim.
    ClaimForm {
        /// Its number, which never changes.
        "id" id: Count,
        /// A short name.
        "slug" slug: Text,
        /// The statement, in our own words.
        "text" text: Text,
        /// The kinds of runtime that it is about; all where absent.
        "about" about: Option<Vec<Text>>,
        /// One instance makes it true, where of any other claim one instance makes it false.
        "existential" existential: Option<Flag>,
        /// What deciding it takes beside cases.
        "open" open: Option<At<Open>>,
    }
}

impl Keyword for Open {
    const WHAT: &str = "what deciding a claim may take";

    fn all() -> Vec<(&'static str, Self)> {
        vec![("measurement", Self::Measurement), ("browser", Self::Browser)]
    }
}

impl Claims {
    /// Adds what a file says; what is wrong with it is added to `problems`, and of a file with
    /// problems no claim is known.
    pub fn add_file(&mut self, file: &str, content: Content, problems: &mut Vec<Problem>) {
        let source = match case::text(file, &content) {
            Ok(source) => source,
            Err(problem) => return problems.push(problem),
        };
        let node = match yaml::parse(&source) {
            Ok(node) if node.is_null() => return,
            Ok(node) => node,
            Err(problem) => return problems.push(problem),
        };
        let mut report = Report::new(&source);
        let forms = Vec::<ClaimForm>::decode(&node, &mut report).unwrap_or_default();
        for (at, form) in forms.iter().enumerate() {
            let twin =
                |other: &ClaimForm| other.id.value == form.id.value || other.slug.value == form.slug.value;
            if self.get(form.id.value).is_some() || forms[..at].iter().any(twin) {
                report.error(&form.id.span, "another claim has this number or this name");
            }
        }
        if report.problems.is_empty() {
            self.extend(forms.into_iter().map(ClaimForm::claim));
        }
        problems.append(&mut report.problems);
    }
}

impl ClaimForm {
    fn claim(self) -> Claim {
        Claim {
            id: self.id.value,
            slug: self.slug.value,
            text: self.text.value.trim().to_owned(),
            about: self.about.into_iter().flatten().map(|kind| kind.value).collect(),
            existential: self.existential.is_some_and(|flag| flag.value),
            open: self.open.map(|open| open.value),
        }
    }
}
