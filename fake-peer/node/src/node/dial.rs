//! When to open connections.

use std::collections::BTreeSet;
use std::time::Duration;

use super::NodeRole;
use fake_peer_machine::ConnId;

/// How long after the end of a connection another one is opened in its place.
const BACK_OFF: Duration = Duration::from_millis(500);

/// Keeps a fixed number of connections open.
#[derive(Debug, Clone)]
pub(super) struct Dialler {
    /// When each of the missing connections is due.
    due: Vec<Duration>,
    /// The connections that were dialled and have not ended.
    open: BTreeSet<ConnId>,
    dialled: u32,
}

impl Dialler {
    pub(super) fn new(role: NodeRole) -> Self {
        let connections = match role {
            NodeRole::Listens => 0,
            NodeRole::Dials { connections } => connections,
        };
        Self {
            due: vec![Duration::ZERO; connections as usize],
            open: BTreeSet::new(),
            dialled: 0,
        }
    }

    /// Returns the connections to open now.
    pub(super) fn due(&mut self, now: Duration) -> impl Iterator<Item = ConnId> + use<> {
        let waiting = self.due.len();
        self.due.retain(|due| *due > now);
        let first = self.dialled;
        self.dialled += u32::try_from(waiting - self.due.len()).unwrap_or(0);
        let opened = (first..self.dialled).map(ConnId::Dialled);
        self.open.extend(opened.clone());
        opened
    }

    pub(super) fn ended(&mut self, id: ConnId, now: Duration) {
        if self.open.remove(&id) {
            self.due.push(now + BACK_OFF);
        }
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.due.iter().copied().min()
    }
}
