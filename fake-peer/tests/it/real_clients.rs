//! Real clients by other authors, which sync headers from `fake-peer serve`.
//!
//! Ignored by default, since they have to be installed: `just clients` does that and runs them.
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Bits in the order of the wire at each retarget within the book's 19 batches.
const RETARGETS: [&str; 18] = [
    "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d",
    "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "6ad8001d",
    "28c4001d", "71be001d",
];

/// `fake-peer serve` on a port of its own, ended when dropped.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_fake-peer"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap()
            .parse()
            .unwrap();
        Self { process, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where `just clients` installs the clients.
fn installed(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/clients")
        .join(path);
    if !path.exists() {
        eprintln!(
            "SKIPPED: {} is not there; `just clients` installs it",
            path.display()
        );
        return None;
    }
    Some(path)
}

fn output(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}", output.status);
    output
}

#[test]
#[ignore = "needs PyPI buidl: `just clients`"]
fn the_books_own_library_syncs_19_batches_and_checks_each_header() {
    let Some(python) = installed("buidl/bin/python") else {
        return;
    };
    let server = Server::start();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/buidl_sync.py");
    let (host, port) = (
        server.address.ip().to_string(),
        server.address.port().to_string(),
    );
    let output = output(Command::new(python).arg(script).args([&host, &port, "19"]));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..18], RETARGETS);
    assert_eq!(
        lines[18],
        "38000 headers, tip 000000002dfebce284d1e08b6cf04452530891579b7377669865889498de8f3f"
    );
}

#[test]
#[ignore = "needs crate bip157: `just clients`"]
fn kyoto_syncs_the_embedded_chain() {
    let Some(kyoto) = installed("kyoto/release/kyoto-sync") else {
        return;
    };
    let server = Server::start();
    let output = output(Command::new(kyoto).args([&server.address.to_string(), "99999"]));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "synced to height 99999\n"
    );
}
