//! The probes, and playing them.

use std::collections::BTreeMap;
use std::sync::Arc;

use fake_peer_core::message::Version;
use fake_peer_core::{Message, Network};
use tokio::task::spawn_blocking;

use super::portrait::Portrait;
use super::reading::portrait;
use super::view::View;
use crate::script::player::{FailureKind, PlayConfig, Played, Prepared, Verdict};
use crate::script::{Script, load};
use crate::target::{Handle, Seen, TargetError};

/// A script that finds out facts.
pub(super) struct Probe {
    /// The name of its file, without the ending.
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    /// Whether a target that cannot be started again would still know what it learned.
    teaches: bool,
}

/// A probe that teaches the target nothing, by the name of its file.
macro_rules! probe {
    ($name:literal) => {
        Probe {
            name: $name,
            text: include_str!(concat!("../../../probes/", $name, ".kdl")),
            teaches: false,
        }
    };
}

/// The probes, in the order in which they are played. The one that teaches the target a chain is
/// the last.
pub(super) const PROBES: [Probe; 6] = [
    probe!("handshake"),
    probe!("greeting"),
    probe!("requests"),
    probe!("tolerance"),
    probe!("connections"),
    Probe {
        teaches: true,
        ..probe!("chain")
    },
];

/// How a target is probed.
#[derive(Debug, Clone)]
pub(in crate::check) struct Survey {
    /// The network of the target.
    pub(in crate::check) network: Network,
    /// How the probes are played.
    pub(in crate::check) config: PlayConfig,
    /// Whether each play finds a target that has learned nothing, or one is started that has not.
    pub(in crate::check) starts_anew: bool,
}

/// What the probes showed.
#[derive(Debug)]
pub(super) struct Results {
    played: BTreeMap<&'static str, Played>,
    /// Why a probe was not played.
    missing: BTreeMap<&'static str, String>,
}

/// Plays the probes at a target, and returns the contents of its `version` and what else they
/// showed.
///
/// # Errors
/// [`TargetError`] if the target cannot be used.
pub(in crate::check) async fn survey(
    handle: &mut Handle,
    survey: &Survey,
) -> Result<(Option<Seen>, Portrait), Arc<TargetError>> {
    let mut results = Results {
        played: BTreeMap::new(),
        missing: BTreeMap::new(),
    };
    for probe in &PROBES {
        match prepared(probe, &results, survey).await {
            Ok(script) => {
                let attempt = handle.play(script, survey.config.clone()).await?;
                results.played.insert(probe.name, attempt.played);
            }
            Err(reason) => {
                results.missing.insert(probe.name, reason);
            }
        }
    }
    let seen = results.played.get("handshake");
    let seen = seen.and_then(|played| Seen::find(&played.transcript));
    Ok((seen, portrait(&results)))
}

/// Returns the script of a probe with its chain built, or why the probe is not played. Some networks
/// need real work, for which no chain can be built.
async fn prepared(
    probe: &Probe,
    results: &Results,
    survey: &Survey,
) -> Result<Arc<Prepared>, String> {
    let script = load(probe.name, probe.text).map_err(|problems| problems.to_string())?;
    if let Some(reason) = results.reason_against(probe, &script, survey) {
        return Err(reason.to_owned());
    }
    let (network, time) = (survey.network, survey.config.unix_time);
    let prepare = move || Prepared::on(network, script, time, &|_| None);
    match spawn_blocking(prepare).await {
        Ok(Ok(script)) => Ok(Arc::new(script)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

impl Results {
    /// Returns why a probe should not be played, if it should not.
    fn reason_against(
        &self,
        probe: &Probe,
        script: &Script,
        survey: &Survey,
    ) -> Option<&'static str> {
        let role = survey.config.target;
        if script.requires.role.is_some_and(|wanted| wanted != role) {
            Some("only for a target that listens")
        } else if probe.teaches && !survey.starts_anew {
            Some("a target that we do not start would keep the chain")
        } else if !self.played.is_empty() && self.version().is_none() {
            Some("it completed no handshake")
        } else if probe.teaches && !self.asks_for_headers() {
            Some("it never asked for headers")
        } else {
            None
        }
    }

    fn asks_for_headers(&self) -> bool {
        let view = self.main("handshake");
        let is_it = |message: &Message| matches!(message, Message::GetHeaders(_));
        view.is_some_and(|view| view.messages().any(|it| is_it(it.message)))
    }

    /// Returns why nothing is known from a probe, if nothing is.
    pub(super) fn missing(&self, probe: &str) -> Option<String> {
        if let Some(reason) = self.missing.get(probe) {
            return Some(reason.clone());
        }
        let verdict = self.played.get(probe).map(|played| &played.verdict);
        match verdict? {
            Verdict::Fail(failure) if failure.kind == FailureKind::DidNotDial => {
                Some("it did not dial".to_owned())
            }
            Verdict::Error(error) => Some(error.to_string()),
            Verdict::Pass { .. }
            | Verdict::Weaker { .. }
            | Verdict::Fail(_)
            | Verdict::Unsupported(_) => None,
        }
    }

    /// Returns the connections of a probe that have this name.
    pub(super) fn connections(&self, probe: &str, name: &str) -> Vec<View<'_>> {
        let played = self.played.get(probe);
        played.map_or_else(Vec::new, |played| View::all(played, name))
    }

    /// Returns the first connection of a probe that has this name.
    pub(super) fn connection(&self, probe: &str, name: &str) -> Option<View<'_>> {
        self.connections(probe, name).into_iter().next()
    }

    /// Returns the main connection of a probe.
    pub(super) fn main(&self, probe: &str) -> Option<View<'_>> {
        self.connection(probe, "main")
    }

    /// Returns what happened after we sent a message, or bytes without a command, on the first
    /// connection that has this name.
    pub(super) fn since_sent(
        &self,
        probe: &str,
        name: &str,
        command: Option<&str>,
    ) -> Option<View<'_>> {
        self.connection(probe, name)?.since_sent(command)
    }

    /// Returns the `version` of the target.
    pub(super) fn version(&self) -> Option<&Version> {
        self.main("handshake")?
            .messages()
            .find_map(|it| match it.message {
                Message::Version(version) => Some(version),
                _ => None,
            })
    }
}
