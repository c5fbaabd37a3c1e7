//! The control of a script that concludes from absence.
//!
//! A script such as "a header without proof of work is not followed" ends with a step that forbids a
//! message, and otherwise is content with a barrier or a silence. A target that follows no chain at
//! all passes it, and so does one that answers the ping before it looks at the header. Such a script
//! proves something only beside its twin: the same conversation without the fault, on the same
//! target, in which the target must send that message. The time that it takes then also says how
//! long the script has to wait before it concludes.

use crate::model::{
    Class, ElementMut, Expectation, Observation, Outcome, OutcomeSet, Script, Step, StepPath,
    for_each_element,
};

/// The control of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The script without its faults and lies, up to the step that concludes. It passes if the
    /// target does there what the script forbids, and fails if it does anything else.
    ///
    /// It has no name and no other heading, so that scripts with the same twin can share it.
    pub twin: Script,
    /// The step that concludes, in the script and in its twin.
    pub step: StepPath,
}

impl Control {
    /// Derives the control of a script. There is none for a script that does not conclude from
    /// absence, or that has no faulty chain and no lie: it differs from what an honest peer does by
    /// what it says, and not by a part that could be taken out.
    pub fn of(script: &Script) -> Option<Self> {
        let at = script.steps.iter().rposition(concludes)?;
        let mut twin = Script {
            network: script.network.clone(),
            requires: script.requires,
            chains: script.chains.clone(),
            steps: script.steps[..=at].to_vec(),
            ..Script::default()
        };
        let mut is_faulty = false;
        for chain in &mut twin.chains {
            is_faulty |= chain.fault.take().is_some();
        }
        for_each_element(&mut twin.steps, &mut |element| {
            if let ElementMut::Send(send) = element {
                is_faulty |= !send.lies.is_empty();
                send.lies.clear();
            }
        });
        if !is_faulty {
            return None;
        }
        if let Some(Step::Expect(Expectation::OneOf(set))) = twin.steps.last_mut() {
            turn(set);
        }
        let place = u32::try_from(at + 1).unwrap_or(u32::MAX);
        Some(Self {
            twin,
            step: StepPath::new(&[place]),
        })
    }
}

/// Returns whether a step takes the absence of a forbidden message for good behaviour.
fn concludes(step: &Step) -> bool {
    let Some(Expectation::OneOf(set)) = step.expectation() else {
        return false;
    };
    set.outcomes.iter().any(is_absence) && set.outcomes.iter().any(is_forbidden)
}

/// Returns whether a target that does nothing has this outcome, and does well.
fn is_absence(outcome: &Outcome) -> bool {
    let does_nothing = match outcome.observation {
        Observation::Barrier { .. } | Observation::Silence { .. } => true,
        Observation::Message(_) | Observation::Disconnect { .. } => false,
    };
    does_nothing && outcome.class != Class::Fail
}

/// Returns whether a target fails by sending a message.
fn is_forbidden(outcome: &Outcome) -> bool {
    outcome.class == Class::Fail && matches!(outcome.observation, Observation::Message(_))
}

/// Turns the expectation: what was forbidden is required, and absence is no outcome.
fn turn(set: &mut OutcomeSet) {
    set.outcomes.retain(|outcome| !is_absence(outcome));
    for outcome in &mut set.outcomes {
        outcome.class = if is_forbidden(outcome) {
            Class::Pass
        } else {
            Class::Fail
        };
        outcome.then.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load;
    use crate::text::print;

    fn twin(steps: &str) -> Option<String> {
        let text = format!("script \"a/b/1\" network=regtest {{ about \"x\"; {steps} }}");
        let control = Control::of(&load("a.kdl", &text).unwrap())?;
        Some(print(&control.twin))
    }

    #[test]
    fn the_fault_is_taken_out_and_the_expectation_turned() {
        let twin = twin(
            r#"
            chain length=1 { fault proof-of-work at=1 }
            handshake
            send headers from=1
            expect-one-of {
                pass { disconnect }
                weaker "does not follow" { barrier }
                fail "follows" { expect getheaders locator.0=$main.1 }
                fail "requests its block" { expect getdata; send notfound }
            }
            barrier
            "#,
        );
        insta::assert_snapshot!(twin.unwrap(), @r#"
        script "" network=regtest {
            chain length=1
            handshake
            send headers from=1
            expect-one-of {
                fail {
                    disconnect
                }
                pass "follows" {
                    expect getheaders locator.0=$main.1
                }
                pass "requests its block" {
                    expect getdata
                }
            }
        }
        "#);
    }

    #[test]
    fn lies_are_taken_out_wherever_they_are() {
        let twin = twin(
            r#"
            handshake
            repeat 2 { send ping { lie checksum "00000000" } }
            expect-one-of {
                pass { silence for="1s" }
                fail { expect pong }
            }
            "#,
        );
        insta::assert_snapshot!(twin.unwrap(), @r#"
        script "" network=regtest {
            handshake
            repeat 2 {
                send ping
            }
            expect-one-of {
                pass {
                    expect pong
                }
            }
        }
        "#);
    }

    #[test]
    fn scripts_that_differ_in_their_fault_share_a_twin() {
        let with = |fault: &str| {
            twin(&format!(
                "chain length=3 {{ fault {fault} at=2 }}
                 handshake
                 send headers from=1 count=3
                 expect-one-of {{ weaker {{ barrier }}; fail {{ expect getdata }}; }}"
            ))
        };
        assert_eq!(with("proof-of-work"), with("bits-above-limit"));
        assert!(with("proof-of-work").is_some());
    }

    #[test]
    fn there_is_no_control_without_a_fault_or_without_a_conclusion_from_absence() {
        let lie = "send ping { lie checksum \"00000000\" }";
        let concludes = "expect-one-of { pass { barrier }; fail { expect pong }; }";
        assert_eq!(twin(&format!("handshake; send ping; {concludes}")), None);
        for other in [
            "expect pong",
            "barrier",
            "expect-one-of { pass { disconnect }; fail { expect pong }; }",
            "expect-one-of { pass { barrier }; pass { expect pong }; }",
            "expect-one-of { pass { barrier }; fail { disconnect }; }",
        ] {
            assert_eq!(twin(&format!("handshake; {lie}; {other}")), None, "{other}");
        }
        assert!(twin(&format!("handshake; {lie}; {concludes}")).is_some());
    }
}
