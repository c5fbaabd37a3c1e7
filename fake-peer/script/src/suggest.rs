//! "Did you mean …?"

/// The name that was probably meant: the nearest, if no more than a third of it is wrong.
pub fn nearest<'a>(found: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |name: &str| strsim::damerau_levenshtein(found, name);
    let best = known.iter().min_by_key(|name| distance(name))?;
    let allowed = found.len().max(best.len()).div_ceil(3);
    (distance(best) <= allowed).then_some(best)
}

/// A hint that lists the known names in place of an unknown one.
pub(crate) fn expected(known: &[&str]) -> String {
    let names: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [name] => format!("expected {name}"),
        _ => format!("expected one of {}", names.join(", ")),
    }
}
