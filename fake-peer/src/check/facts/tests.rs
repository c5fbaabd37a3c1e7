//! Tests of the probes, at model peers in memory.

use fake_peer_core::Network;
use fake_peer_core::message::Services;

use super::probe::PROBES;
use super::{Answer, Portrait, needs};
use crate::check::{Case, Catalogue, Checker};
use crate::node::Flaw;
use crate::script::model::{Expectation, FactName, FactSet, Observation, Requires, Role, Step};
use crate::script::{load, text};
use crate::target::{Model, Target};

async fn portrait(role: Role, flaws: &[Flaw]) -> Portrait {
    let model = Model {
        flaws: flaws.to_vec(),
        role,
        ..Model::default()
    };
    let checker = Checker::new(Target::Model(model)).unix_time(1_795_000_000);
    let (seen, portrait) = checker.portrait().await.unwrap();
    assert_eq!(seen.unwrap().version, 70_017);
    portrait
}

fn flaw(name: &str) -> Flaw {
    *Flaw::named(name).unwrap()
}

fn listed(portrait: &Portrait) -> String {
    let lines = portrait.facts.iter().map(|fact| {
        let name = fact.name.word();
        format!("{name} ({}): {}\n", fact.probe, fact.words())
    });
    lines.collect()
}

#[test]
fn the_probes_are_valid_and_formatted() {
    for probe in &PROBES {
        let script = load(probe.name, probe.text).unwrap();
        assert_eq!(script.name, format!("probe/{}", probe.name));
        assert!(script.about.is_some(), "{}", probe.name);
        let formatted = text::format(probe.name, probe.text).unwrap();
        assert_eq!(formatted, probe.text, "{}", probe.name);
    }
}

#[tokio::test]
async fn a_node_that_listens_is_known_by_its_facts() {
    let portrait = portrait(Role::Listens, &[]).await;
    insta::assert_snapshot!(listed(&portrait), @"
    speaks-first (greeting): no
    accepts-v2-transport (greeting): no
    relays-transactions (handshake): yes
    negotiates-wtxidrelay (handshake): yes
    negotiates-addrv2 (handshake): yes
    negotiates-compact-blocks (handshake): yes
    asks-for-headers (handshake): yes: getheaders after 0 ms
    answers-getheaders (requests): yes: headers after 0 ms
    acts-on-block-inv (requests): yes: getheaders after 0 ms
    answers-ping-before-verack (greeting): no
    ignores-unknown-messages (tolerance): yes
    tolerates-unasked-transactions (tolerance): yes
    allows-many-connections (connections): yes
    follows-chain (chain): yes: getdata after 0 ms
    ");
    let unasked = portrait.unasked.iter().map(|it| &*it.command);
    insta::assert_snapshot!(unasked.collect::<Vec<_>>().join(", "), @"sendcmpct, ping, getheaders, feefilter");
}

#[tokio::test]
async fn a_client_that_dials_is_known_by_its_facts() {
    let portrait = portrait(Role::Dials, &[]).await;
    insta::assert_snapshot!(listed(&portrait), @"
    speaks-first (greeting): unknown: only for a target that listens
    accepts-v2-transport (greeting): unknown: only for a target that listens
    relays-transactions (handshake): yes
    negotiates-wtxidrelay (handshake): yes
    negotiates-addrv2 (handshake): yes
    negotiates-compact-blocks (handshake): yes
    asks-for-headers (handshake): yes: getheaders after 0 ms
    answers-getheaders (requests): yes: headers after 0 ms
    acts-on-block-inv (requests): yes: getheaders after 0 ms
    answers-ping-before-verack (greeting): unknown: only for a target that listens
    ignores-unknown-messages (tolerance): yes
    tolerates-unasked-transactions (tolerance): yes
    allows-many-connections (connections): unknown: only for a target that listens
    follows-chain (chain): yes: getdata after 0 ms
    ");
}

#[tokio::test]
async fn another_implementation_has_other_facts() {
    let mut signals_v2 = flaw("inv-blocks-ignored").without_change();
    signals_v2.services = Services::P2P_V2;
    let answers = [
        (
            FactName::ActsOnBlockInv,
            flaw("inv-blocks-ignored"),
            Answer::No,
        ),
        (
            FactName::AnswersPingBeforeVerack,
            flaw("messages-before-verack-answered"),
            Answer::Yes,
        ),
        (FactName::AcceptsV2Transport, signals_v2, Answer::Yes),
    ];
    let honest = portrait(Role::Listens, &[]).await;
    for (name, flaw, answer) in answers {
        let other = portrait(Role::Listens, &[flaw]).await;
        let of = |portrait: &Portrait| portrait.fact(name).unwrap().answer;
        assert_ne!(of(&honest), of(&other), "{name:?}");
        assert_eq!(of(&other), answer, "{name:?}");
        // Nothing else is different.
        for (one, two) in honest.facts.iter().zip(&other.facts) {
            let same = one.name == name || one.answer == two.answer;
            assert!(same, "{one:?} {two:?}");
        }
    }
}

#[tokio::test]
async fn a_network_that_needs_real_work_leaves_one_fact_unknown() {
    let checker = Checker::new(Target::Model(Model::default()))
        .network(crate::script::network::NamedNetwork::from(Network::MAINNET));
    let (_, portrait) = checker.portrait().await.unwrap();
    let unknown = portrait
        .facts
        .iter()
        .filter(|it| it.answer == Answer::Unknown);
    let unknown: Vec<_> = unknown.map(|it| (it.name.word(), it.words())).collect();
    insta::assert_debug_snapshot!(unknown, @r#"
    [
        (
            "follows-chain",
            "unknown: chain main: mainnet requires real work",
        ),
    ]
    "#);
}

#[tokio::test]
async fn a_script_is_applicable_unless_a_fact_is_known_to_differ() {
    let portrait = portrait(Role::Dials, &[flaw("inv-blocks-ignored")]).await;
    let set = |name| FactSet::default().with(name);
    let requires = |name| Requires {
        facts: set(name),
        ..Requires::default()
    };
    let forbids = |name| Requires {
        without_facts: set(name),
        ..Requires::default()
    };
    let reason = portrait.unmet(&requires(FactName::ActsOnBlockInv));
    insta::assert_snapshot!(reason.unwrap(), @"not applicable: the target ignores an inv of an unknown block (fact acts-on-block-inv, from the probe requests)");
    let reason = portrait.unmet(&forbids(FactName::AsksForHeaders));
    insta::assert_snapshot!(reason.unwrap(), @"not applicable: the target sends getheaders after the handshake (fact asks-for-headers, from the probe handshake)");
    // A client that dials has no listener to be asked.
    let unknown = FactName::SpeaksFirst;
    for fits in [
        requires(FactName::AsksForHeaders),
        forbids(FactName::ActsOnBlockInv),
        requires(unknown),
        forbids(unknown),
        Requires::default(),
    ] {
        assert_eq!(portrait.unmet(&fits), None, "{fits:?}");
    }
}

#[tokio::test]
async fn the_honest_model_peer_has_every_fact_that_a_case_requires() {
    let catalogue = Catalogue::embedded().unwrap();
    let mut depend = 0;
    for role in [Role::Listens, Role::Dials] {
        let portrait = portrait(role, &[]).await;
        let fits = |case: &&Case| {
            case.script()
                .requires
                .role
                .is_none_or(|wanted| wanted == role)
        };
        for case in catalogue.cases().iter().filter(fits) {
            let needs = needs(case.script());
            depend += usize::from(needs.depends_on_facts());
            assert_eq!(portrait.unmet(&needs), None, "{}", case.id());
        }
    }
    assert!(depend > 100, "{depend}");
}

#[test]
fn a_case_names_the_facts_that_it_evidently_needs() {
    let catalogue = Catalogue::embedded().unwrap();
    for case in catalogue.cases() {
        let script = case.script();
        let Requires {
            facts,
            without_facts,
            ..
        } = script.requires;
        let many = FactName::AllowsManyConnections;
        assert_eq!(
            connections(&script.steps) >= 10,
            facts.contains(many),
            "{}: {}",
            case.id(),
            many.word()
        );
        let first = FactName::SpeaksFirst;
        assert_eq!(
            is_silent_first(&script.steps),
            without_facts.contains(first),
            "{}: {}",
            case.id(),
            first.word()
        );
    }
}

/// Returns the most connections that one step opens.
fn connections(steps: &[Step]) -> u32 {
    let counts = steps.iter().map(|step| match step {
        Step::Connect { count } => *count,
        Step::Connection { steps, .. } | Step::Repeat { steps, .. } => connections(steps),
        _ => 0,
    });
    counts.max().unwrap_or(0)
}

/// Returns whether a silence is expected on the main connection before the `version` of the target.
fn is_silent_first(steps: &[Step]) -> bool {
    let is_silence = |it: &Observation| matches!(it, Observation::Silence { .. });
    let is_version = |it: &Observation| match it {
        Observation::Message(message) => message.command.as_str() == "version",
        _ => false,
    };
    for step in steps {
        match step {
            Step::Handshake(_) | Step::BeHonest { .. } => return false,
            Step::Expect(Expectation::One(it)) if is_version(it) => return false,
            Step::Expect(Expectation::One(it)) if is_silence(it) => return true,
            Step::Expect(Expectation::OneOf(set)) => {
                let mut observations = set.outcomes.iter().map(|it| &it.observation);
                if observations.any(is_silence) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}
