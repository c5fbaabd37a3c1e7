//! Targets as users name them.

use std::net::SocketAddr;

use fake_peer::target::{CommandLine, Target};
use tokio::net::lookup_host;

use super::failure::Failure;

/// The first address of a host name and port.
pub(crate) async fn resolve(name: &str) -> Result<SocketAddr, Failure> {
    let unknown = |text: &dyn std::fmt::Display| Failure::Network(format!("{name}: {text}"));
    let mut found = lookup_host(name).await.map_err(|error| unknown(&error))?;
    found.next().ok_or_else(|| unknown(&"no address"))
}

/// A node that we start, which has to learn where to listen. `option` is the one that names it.
pub(crate) fn spawned(option: &str, command: &CommandLine) -> Result<Target, Failure> {
    if ["{p2p}", "{port}", "{addr}"]
        .iter()
        .any(|place| command.has(place))
    {
        return Ok(Target::Spawn(command.clone()));
    }
    let text = format!("{option} has no {{p2p}}: the node would not know where to listen");
    Err(Failure::Input(text))
}
