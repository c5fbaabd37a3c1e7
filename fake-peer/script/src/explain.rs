//! Explains in English what a script does.

use std::fmt::Write as _;

use fake_peer_core::Network;

use super::check::{self, sample::Sample};
use super::model::{Base, Chain, ChainRules, FactName, FaultKind, Part, Requires, Role, Script};
use super::text::{self, Explained, value_text};

/// Explains what a script does, in numbered sentences, with the number of bytes that are sent if it
/// is known before a run.
pub fn explain(script: &Script) -> String {
    let mut text = format!("{} ({})\n", script.name, script.network);
    let about = script.about.iter().cloned();
    let sources = script
        .sources
        .iter()
        .map(|source| format!("Source: {source}"));
    let lines = about.chain(sources).chain(requires(script));
    let chains = script.chains.iter().map(chain);
    for line in lines.chain(chains) {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    let sample = check::sample_of(script);
    let mut steps = Steps {
        // What is sent has the same length on every network.
        network: Network::default(),
        sample,
        text,
    };
    for (index, step) in script.steps.iter().enumerate() {
        steps.part(Part::Step(step), &format!("{}.", index + 1));
    }
    steps.text
}

fn requires(script: &Script) -> Option<String> {
    let requires = &script.requires;
    let mut needs = Vec::new();
    needs.extend(requires.role.map(|role| match role {
        Role::Listens => "that listens".to_owned(),
        Role::Dials => "that dials".to_owned(),
    }));
    if !requires.services.is_empty() {
        needs.push(format!(
            "with the service bits {:#x}",
            requires.services.bits()
        ));
    }
    needs.extend(
        requires
            .protocol
            .map(|protocol| format!("of protocol {protocol} or later")),
    );
    needs.extend(facts(requires));
    (!needs.is_empty()).then(|| format!("For a target {}.", needs.join(", ")))
}

/// What the facts say that a target must have, or must not have.
fn facts(requires: &Requires) -> impl Iterator<Item = String> {
    let wanted = requires.facts.iter().map(FactName::affirmed);
    let unwanted = requires.without_facts.iter().map(FactName::denied);
    wanted.chain(unwanted).map(|what| format!("that {what}"))
}

fn chain(chain: &Chain) -> String {
    let base = match &chain.base {
        Base::Genesis => "block 0".to_owned(),
        Base::Recorded(height) => format!("the recorded headers up to {height}"),
        Base::File(file) => format!("the headers of {file}"),
        Base::Fork { chain, height } => format!("the chain {chain} up to {height}"),
    };
    let mined = match chain.length {
        0 => base,
        length => format!("{length} mined headers on {base}, from seed {}", chain.seed),
    };
    let rules = match chain.rules {
        ChainRules::Network => "",
        ChainRules::WithoutWork => ", without work",
        ChainRules::SmallPeriod => ", with a new difficulty every ten headers",
    };
    let fault = chain.fault.as_ref().map(|fault| {
        let what = match &fault.kind {
            FaultKind::Value { field, to } => format!("{} for its {field}", value_text(to)),
            FaultKind::Rule(fault) => fault.to_string(),
        };
        format!("; the header at {} has {what}", fault.at)
    });
    format!(
        "Chain {}: {mined}{rules}{}.",
        chain.name,
        fault.unwrap_or_default()
    )
}

/// Writes a sentence for each step.
struct Steps {
    network: Network,
    sample: Sample,
    text: String,
}

impl Steps {
    fn part(&mut self, part: Part<'_>, number: &str) {
        match part {
            Part::Step(step) => {
                let Explained { sentence, details } =
                    text::explain(step, self.network, &mut self.sample);
                self.line(number, &sentence);
                for detail in details {
                    self.detail(number, &detail);
                }
            }
            Part::Branch(branch) => self.line(number, &text::explain_branch(branch)),
        }
        for (index, inner) in part.parts().enumerate() {
            self.part(inner, &format!("{number}{}.", index + 1));
        }
    }

    fn line(&mut self, number: &str, text: &str) {
        let depth = number.matches('.').count().saturating_sub(1);
        let _ = writeln!(
            self.text,
            "{:indent$}{number} {text}",
            "",
            indent = 3 * depth
        );
    }

    fn detail(&mut self, number: &str, text: &str) {
        let indent = 3 * number.matches('.').count();
        let _ = writeln!(self.text, "{:indent$}{text}", "");
    }
}
