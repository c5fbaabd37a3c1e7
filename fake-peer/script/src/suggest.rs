//! "Did you mean …?"

use std::fmt;

/// The name that was probably meant: the nearest, if no more than a third of it is wrong.
pub fn nearest<'a>(found: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |name: &str| strsim::damerau_levenshtein(found, name);
    let best = known.iter().min_by_key(|name| distance(name))?;
    let allowed = found.len().max(best.len()).div_ceil(3);
    (distance(best) <= allowed).then_some(best)
}

/// Names as a list: `a`, `b` and `c`.
pub(crate) struct Names<'a>(pub(crate) &'a [&'a str]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.0.iter().enumerate() {
            match at {
                0 => {}
                _ if at + 1 == self.0.len() => f.write_str(" and ")?,
                _ => f.write_str(", ")?,
            }
            write!(f, "`{name}`")?;
        }
        Ok(())
    }
}
