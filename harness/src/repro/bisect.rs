//! The first version that shows a bug. It knows nothing of runtimes: it gets versions in order and a
//! way to ask about one.

/// What a version does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// As the good one.
    Good,
    /// As the bad one.
    Bad,
    /// That cannot be said.
    Unknown,
}

/// Where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The version at this place is the first that does as the bad one, and the one before it the
    /// last that does not.
    At(usize),
    /// Between this good and this bad one, nothing can be said of any.
    Between(usize, usize),
}

/// Looks for the first bad version, the first and the last being known to be good and bad. Each is
/// asked about once at most; where one does not answer, its neighbours are asked.
///
/// Returns none if asking ended it.
pub fn bisect(count: usize, ask: &mut dyn FnMut(usize) -> Option<Answer>) -> Option<Found> {
    let (mut good, mut bad) = (0, count.saturating_sub(1));
    let mut unknown = vec![false; count];
    loop {
        let middle = good + (bad - good) / 2;
        let between = || (good + 1..bad).filter(|index| !unknown[*index]);
        let Some(next) = between().min_by_key(|index| index.abs_diff(middle)) else {
            return Some(if bad - good == 1 { Found::At(bad) } else { Found::Between(good, bad) });
        };
        match ask(next)? {
            Answer::Good => good = next,
            Answer::Bad => bad = next,
            Answer::Unknown => unknown[next] = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_bad_version_is_found_in_few_questions(count in 2_usize..500, at in 0.0_f64..1.0) {
            let first = 1 + ((count - 2) as f64 * at) as usize;
            let mut asked = 0;
            let found = bisect(count, &mut |index| {
                asked += 1;
                Some(if index < first { Answer::Good } else { Answer::Bad })
            });
            prop_assert_eq!(found, Some(Found::At(first)));
            prop_assert!(asked <= 10, "{} questions for {}", asked, count);
        }

        #[test]
        fn versions_that_do_not_answer_widen_what_is_found_and_no_more(
            answers in prop::collection::vec(any::<bool>(), 0..60),
            first in 1_usize..62,
        ) {
            let count = answers.len() + 2;
            let first = first.min(count - 1);
            let silent = |index: usize| index > 0 && index + 1 < count && answers[index - 1];
            let mut asked = Vec::new();
            let found = bisect(count, &mut |index| {
                asked.push(index);
                Some(match index {
                    _ if silent(index) => Answer::Unknown,
                    _ if index < first => Answer::Good,
                    _ => Answer::Bad,
                })
            });
            let good = (0..first).rfind(|index| !silent(*index)).unwrap_or(0);
            let bad = (first..count).find(|index| !silent(*index)).unwrap_or(count - 1);
            let wanted = if bad - good == 1 { Found::At(bad) } else { Found::Between(good, bad) };
            prop_assert_eq!(found, Some(wanted));
            let mut once = asked.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), asked.len());
        }
    }

    #[test]
    fn neighbours_need_no_question() {
        assert_eq!(bisect(2, &mut |_| None), Some(Found::At(1)));
        assert_eq!(bisect(3, &mut |_| None), None);
    }
}
