//! A node and a client that close a connection and die some time later, in processes of their own.
//! Both die when a `mempool` arrives, and close the connection when a `getaddr` arrives. When a
//! `filterclear` arrives, the node closes the connection, and dies when the third connection after it
//! is opened.

use std::io::{Write, stdout};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{abort, exit};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use fake_peer::core::message::{Pong, Verack, Version};

use crate::tiny_node::{read, say};

/// How a target dies, and how long after it has closed the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Death {
    /// The exit code, or `None` for SIGABRT.
    pub(crate) code: Option<i32>,
    /// The delay in milliseconds.
    pub(crate) after: u64,
}

impl Death {
    /// Every death that has to be detected.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let codes = [Some(1), Some(2), Some(101), Some(134), None];
        let delays = [0, 50, 500];
        codes
            .into_iter()
            .flat_map(move |code| delays.map(|after| Self { code, after }))
    }

    /// The command line of the node or the client, which takes an address as its last argument.
    pub(crate) fn command(self, what: &str, address: &str) -> String {
        let program = std::env::current_exe().unwrap();
        let program = program.display();
        let code = self
            .code
            .map_or("abort".to_owned(), |code| code.to_string());
        let after = self.after;
        format!("'{program}' --ignored --exact dying::{what} {code} {after} {address}")
    }

    /// Returns the arguments of this process.
    fn given() -> Option<(Self, String)> {
        let mut words = std::env::args().rev();
        let address = words.next()?;
        let after = words.next()?.parse().ok()?;
        let code = words.next()?.parse().ok();
        Some((Self { code, after }, address))
    }

    fn die(self) -> ! {
        sleep(Duration::from_millis(self.after));
        match self.code {
            Some(code) => exit(code),
            None => abort(),
        }
    }
}

/// Not a test: the node. It prints its address.
#[test]
#[ignore = "a node for other tests, which start it"]
fn node() {
    let Some((death, address)) = Death::given() else {
        return;
    };
    let listener = TcpListener::bind(address).unwrap();
    writeln!(
        stdout(),
        "\nlistening on {}",
        listener.local_addr().unwrap()
    )
    .unwrap();
    for stream in listener.incoming() {
        if CONNECTIONS.fetch_sub(1, Ordering::Relaxed) == 0 {
            death.die();
        }
        thread::spawn(move || converse(stream.unwrap(), End::Node, death));
    }
}

/// Not a test: the client. When its connection ends, it exits with status 3.
#[test]
#[ignore = "a client for other tests, which start it"]
fn client() {
    let Some((death, address)) = Death::given() else {
        return;
    };
    let mut stream = TcpStream::connect(address).unwrap();
    say(&mut stream, Version::default());
    converse(stream, End::Client, death);
    exit(3);
}

/// The number of connections after which the next one is deadly.
static CONNECTIONS: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The end of a connection.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Node,
    Client,
}

fn converse(mut stream: TcpStream, end: End, death: Death) -> Option<()> {
    loop {
        let (command, payload) = read(&mut stream)?;
        match &*command {
            "version" => {
                if end == End::Node {
                    say(&mut stream, Version::default());
                }
                say(&mut stream, Verack {});
            }
            "ping" => {
                let nonce = payload.try_into().map_or(0, u64::from_le_bytes);
                say(&mut stream, Pong { nonce });
            }
            "filterclear" => {
                CONNECTIONS.store(2, Ordering::Relaxed);
                return stream.shutdown(Shutdown::Both).ok();
            }
            "getaddr" => return stream.shutdown(Shutdown::Both).ok(),
            "mempool" => {
                // The connection is open when a death at once begins.
                if death.after > 0 {
                    stream.shutdown(Shutdown::Both).ok()?;
                }
                death.die()
            }
            _ => {}
        }
    }
}
