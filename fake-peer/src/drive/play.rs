//! Playing scripts at their targets.

use std::sync::Arc;

use fake_peer_core::message::Services;

use super::tcp::{self, Sockets};
use crate::machine::Machine;
use crate::node::{Behaviour, Flaw, Node, NodeConfig, NodeRole};
use crate::script::Script;
use crate::script::model::{ChainRules, Role};
use crate::script::player::{PlayConfig, Played, Player, Prepared};

/// Plays a script over sockets: at [`Sockets::target`] if the target listens, or else with the
/// clients that connect to [`Sockets::listener`]. A play that is stopped ends with an error.
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

/// Creates the model peer for a script: on the network and over the transport of the play, with the
/// header rules of the script's chains, with Bloom filters if the script requires them, and with
/// these flaws in circumstances in which they show.
pub fn model_peer(prepared: &Prepared, flaws: &[Flaw], config: &PlayConfig) -> Node {
    let script = prepared.script();
    let rules = script.chains.iter().map(|chain| chain.rules);
    let rules = rules.clone().find(|rules| *rules != ChainRules::Network);
    let mut behaviour = Behaviour::reference(rules.unwrap_or_default().on(*prepared.network()));
    // The filters work without the service bit, but no peer would use them.
    behaviour.session.version.services |= script.requires.services & Services::BLOOM;
    for flaw in flaws {
        flaw.apply_to(&mut behaviour);
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

/// Returns the end of the connection that the model peer has to be for a script.
pub fn role_for(script: &Script) -> Role {
    script.requires.role.unwrap_or(Role::Listens)
}
