//! Looking up flaws by name.

use fake_peer::node::{FLAWS, Flaw};

use super::failure::Failure;

/// Returns the flaws with these names.
pub(crate) fn named(names: &[String]) -> Result<Vec<Flaw>, Failure> {
    names.iter().map(|name| find(name).copied()).collect()
}

fn find(name: &str) -> Result<&'static Flaw, Failure> {
    Flaw::named(name).ok_or_else(|| {
        let close = FLAWS
            .iter()
            .map(|flaw| (strsim::jaro_winkler(flaw.name, name), flaw.name))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|(one, _), (other, _)| one.total_cmp(other));
        let help = match close {
            Some((_, close)) => {
                format!("did you mean `{close}`? `fake-peer flaws` lists all flaws")
            }
            None => "`fake-peer flaws` lists all flaws".to_owned(),
        };
        Failure::Input(format!("unknown flaw `{name}`")).with_help(help)
    })
}
