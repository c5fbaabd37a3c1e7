//! Every flaw shows on the wire: the same conversation has another outcome with it than without.

mod blocks;
mod difficulty;
mod envelope;
mod handshake;
mod headers;
pub(crate) mod lists;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fake_peer_core::chain::Params;

use super::{FLAWS, Flaw};
use crate::Behaviour;

/// The node of a conversation.
struct Stage {
    /// The behaviour of the node, with or without the flaw.
    behaviour: Behaviour,
    /// The valid header rules, whether or not the node follows them.
    params: Params,
}

/// The name of a flaw, and a conversation that shows it. The conversation returns what was
/// observed.
type Scenario = (&'static str, fn(Stage) -> String);

fn scenarios() -> BTreeMap<&'static str, fn(Stage) -> String> {
    [
        envelope::SCENARIOS,
        handshake::SCENARIOS,
        lists::SCENARIOS,
        blocks::SCENARIOS,
        headers::SCENARIOS,
        difficulty::SCENARIOS,
    ]
    .concat()
    .into_iter()
    .collect()
}

#[test]
fn each_flaw_is_seen() {
    let scenarios = scenarios();
    let mut table = String::new();
    for flaw in FLAWS {
        let scenario = scenarios.get(flaw.name);
        let scenario = scenario.unwrap_or_else(|| panic!("{} has no scenario", flaw.name));
        let params = flaw.honest().params;
        let [honest, flawed] =
            [flaw.honest(), flaw.flawed()].map(|behaviour| scenario(Stage { behaviour, params }));
        assert_ne!(honest, flawed, "{} does not show", flaw.name);
        writeln!(table, "{:36}{honest:26} | {flawed}", flaw.name).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn names_are_kebab_case_and_unique() {
    let names: BTreeSet<_> = FLAWS.iter().map(|flaw| flaw.name).collect();
    assert_eq!(names.len(), FLAWS.len());
    assert!(FLAWS.len() >= 40);
    for flaw in FLAWS {
        let is_kebab = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
        assert!(flaw.name.chars().all(is_kebab), "{}", flaw.name);
        assert!(
            !flaw.source.is_empty() && !flaw.about.ends_with('.'),
            "{}",
            flaw.name
        );
        assert!(Flaw::named(flaw.name).is_some());
    }
    assert!(Flaw::named("none").is_none());
}
