//! Scripts at their targets.

use std::sync::Arc;

use fake_peer_core::message::Services;

use super::tcp::{self, Sockets};
use crate::machine::Machine;
use crate::node::{Behaviour, Flaw, Node, NodeConfig, NodeRole};
use crate::script::Script;
use crate::script::model::{ChainRules, Role};
use crate::script::player::{PlayConfig, Played, Player, Prepared};

/// Plays a script over sockets: at [`Sockets::target`] if the target listens, or with whoever
/// comes to [`Sockets::listener`]. A play that is stopped ends with an error.
pub async fn over_tcp(
    script: Arc<Prepared>,
    config: PlayConfig,
    mut sockets: Sockets,
    stop: impl Future<Output = ()>,
) -> Played {
    sockets.limits.connect = config.timeout;
    let player = Player::new(script, config);
    tcp::run(player, sockets, stop).await.machine.finish()
}

/// Plays a script at a machine in memory, on virtual time.
pub fn in_memory(script: Arc<Prepared>, config: PlayConfig, target: &mut dyn Machine) -> Played {
    let mut player = Player::new(script, config);
    crate::machine::memory::run(&mut player, target);
    player.finish()
}

/// The model peer that a script is played at: on the network and over the transport of the
/// play, with the header rules that its chains keep, with Bloom filters if it requires them, and
/// with flaws and what they show in.
pub fn model_peer(prepared: &Prepared, flaws: &[Flaw], config: &PlayConfig) -> Node {
    let script = prepared.script();
    let rules = script.chains.iter().map(|chain| chain.rules);
    let rules = rules.clone().find(|rules| *rules != ChainRules::Network);
    let mut behaviour = Behaviour::reference(rules.unwrap_or_default().on(*prepared.network()));
    // It can do without saying so, but nobody would ask.
    behaviour.session.version.services |= script.requires.services & Services::BLOOM;
    for flaw in flaws {
        flaw.put_into(&mut behaviour);
    }
    let role = match config.target {
        Role::Listens => NodeRole::Listens,
        Role::Dials => NodeRole::Dials { connections: 1 },
    };
    Node::new(NodeConfig {
        role,
        seed: config.seed,
        transport: config.transport.clone(),
        ..NodeConfig::new(behaviour, config.unix_time)
    })
}

/// Which end the model peer is in a play: the one that the script is for.
pub fn role_for(script: &Script) -> Role {
    script.requires.role.unwrap_or(Role::Listens)
}
