//! What the suite is run against.

use std::fmt;
use std::net::SocketAddr;

use crate::drive::process::CommandLine;
use crate::node::Flaw;
use crate::script::model::Role;

/// What the suite is run against.
#[derive(Debug, Clone)]
pub enum Target {
    /// The model peer, anew for each case. It plays any network and any header rules.
    Model(Model),
    /// A node that listens there.
    Connect(SocketAddr),
    /// A client that dials us.
    Client {
        /// Where we listen. Each worker has a port: this one and those behind it, or any free ones
        /// for port 0.
        listen: SocketAddr,
        /// How the client is started, anew for each case, with `{addr}`, `{host}` and `{port}` for
        /// where we listen. Without it, a client that comes again by itself.
        exec: Option<CommandLine>,
    },
    /// A node that is started for each worker, and again when it is not as new: `{p2p}` stands for
    /// the port where it is to listen on localhost, `{rpc}` for another free one, and `{dir}` for
    /// an empty folder.
    Spawn(CommandLine),
}

/// The model peer, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its flaws; none, and it is honest.
    pub flaws: Vec<Flaw>,
    /// Which end of the connection it is.
    pub role: Role,
    /// What is between it and us.
    pub link: Link,
}

/// What is between the model peer and us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Link {
    /// Nothing: it is in memory, and its time is virtual.
    #[default]
    Memory,
    /// TCP over loopback.
    Tcp,
}

impl Default for Model {
    /// An honest one that listens, in memory.
    fn default() -> Self {
        Self {
            flaws: Vec::new(),
            role: Role::Listens,
            link: Link::Memory,
        }
    }
}

impl Target {
    /// Which end of the connection it is.
    pub fn role(&self) -> Role {
        match self {
            Self::Model(model) => model.role,
            Self::Connect(_) | Self::Spawn(_) => Role::Listens,
            Self::Client { .. } => Role::Dials,
        }
    }

    /// The words on the command line that stand for it.
    pub fn arguments(&self) -> Vec<String> {
        let words = |option: &str, value: &dyn fmt::Display| vec![option.into(), value.to_string()];
        match self {
            Self::Model(model) => model.arguments(),
            Self::Connect(address) => words("--connect", address),
            Self::Client { listen, exec } => {
                let exec = exec.iter().flat_map(|exec| words("--exec", exec));
                words("--listen", listen).into_iter().chain(exec).collect()
            }
            Self::Spawn(command) => words("--spawn", command),
        }
    }

    /// The model peer takes on any network and any header rules; another target has its own.
    pub(super) fn is_model(&self) -> bool {
        matches!(self, Self::Model(_))
    }
}

impl Model {
    fn arguments(&self) -> Vec<String> {
        let flaws = self.flaws.iter().map(|flaw| ["--flaw", flaw.name]);
        let mut words: Vec<String> = flaws.flatten().map(Into::into).collect();
        if self.role == Role::Dials {
            words.extend(["--role", "dials"].map(Into::into));
        }
        if self.link == Link::Tcp {
            words.push("--tcp".into());
        }
        words
    }
}

impl fmt::Display for Target {
    /// What it is called in reports.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(model) => write!(f, "{model}"),
            Self::Connect(address) => write!(f, "{address}"),
            Self::Client {
                exec: Some(exec), ..
            } => write!(f, "{exec}"),
            Self::Client { listen, exec: None } => write!(f, "the client that dials {listen}"),
            Self::Spawn(command) => write!(f, "{command}"),
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the model peer")?;
        let flaws: Vec<_> = self.flaws.iter().map(|flaw| flaw.name).collect();
        if !flaws.is_empty() {
            write!(f, " with {}", flaws.join(" and "))?;
        }
        if self.link == Link::Tcp {
            f.write_str(" over TCP")?;
        }
        Ok(())
    }
}
