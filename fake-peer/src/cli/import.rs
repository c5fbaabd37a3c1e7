//! `fake-peer import`.

use std::fs::File;
use std::path::{Path, PathBuf};

use fake_peer::decode::{Format, Magic, Options, Records};
use fake_peer::record::{Recorded, import};

use super::failure::Failure;
use super::recorded::Output;

/// Convert a capture into scripts
///
/// The capture is a pcap or pcapng file, or what Bitcoin Core writes with -capturemessages: a file
/// of the messages that it sent, with `sent` in its name, and a file of those that it received,
/// with `recv` in its name. Bitcoin Core's files do not name their network; without --network, it
/// is mainnet.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Capture to convert: one file, or the two files of Bitcoin Core
    #[arg(value_name = "FILE", required = true, num_args = 1..=2)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    recorded: Output,
}

const AFTER_HELP: &str = "\
Examples:
  fake-peer import capture.pcapng -o talk.kdl
  fake-peer import msgs_sent.dat msgs_recv.dat --network regtest -o talk.kdl";

pub(crate) fn run(args: &Args, quiet: bool) -> Result<(), Failure> {
    let files = args.recorded.create()?;
    let recorded = read(args)?;
    if recorded.messages().next().is_none() {
        return Err(Failure::Input(format!(
            "no message found in {}",
            names(&args.files)
        )));
    }
    let about = format!("Imported from {}", names(&args.files));
    args.recorded.write(&recorded, files, &about, quiet)
}

fn read(args: &Args) -> Result<Recorded, Failure> {
    let limit = args.recorded.limit();
    let magic = args.recorded.network.magic()?;
    let [mut sent, mut received] = [None, None];
    for path in &args.files {
        let records = open(path, magic)?;
        match (records.format(), is_received(path)) {
            (Format::Pcap, _) if args.files.len() == 1 => {
                return import::network(records, limit).map_err(|error| failure(path, &error));
            }
            (Format::Pcap, _) => {
                let problem = format!("{} is a network capture", path.display());
                return Err(
                    Failure::Input(problem).with_help("it holds both directions; import it alone")
                );
            }
            (Format::Core, Some(true)) if received.is_none() => received = Some(records),
            (Format::Core, Some(false)) if sent.is_none() => sent = Some(records),
            (Format::Core, _) => {
                let problem = format!(
                    "cannot tell whether the node sent or received the messages in {}",
                    path.display()
                );
                return Err(Failure::Input(problem)
                    .with_help("one file must have `sent` in its name, the other `recv`"));
            }
            _ => {
                let problem = format!("{} is not a capture", path.display());
                return Err(Failure::Input(problem).with_help(
                    "expected a pcap or pcapng file, or files that Bitcoin Core wrote with -capturemessages",
                ));
            }
        }
    }
    import::messages(sent, received, limit)
        .map_err(|error| Failure::Input(format!("{}: {error}", names(&args.files))))
}

fn open(path: &Path, magic: Option<Magic>) -> Result<Records<'static>, Failure> {
    let file = File::open(path).map_err(|error| failure(path, &error))?;
    let options = Options {
        magic,
        ..Options::default()
    };
    Records::open(file, &options).map_err(|error| failure(path, &error))
}

fn failure(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Input(format!("{}: {error}", path.display()))
}

/// Returns whether a file holds received messages, by the names that Bitcoin Core uses:
/// `msgs_recv.dat` and `msgs_sent.dat`.
fn is_received(path: &Path) -> Option<bool> {
    let name = path.file_name()?.to_string_lossy();
    match (name.contains("recv"), name.contains("sent")) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Returns the names of the files without their folders, which a script should not reveal.
fn names(files: &[PathBuf]) -> String {
    let name = |path: &PathBuf| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    files.iter().map(name).collect::<Vec<_>>().join(" and ")
}
