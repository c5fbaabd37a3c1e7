//! `fake-peer decode`.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use fake_peer::decode::text::{self, Colour};
use fake_peer::decode::{
    Format, HexError, HexErrorKind, InputError, Magic, Options, Piece, Reading, Record, Records,
    SkipReason, json, tree,
};
use fake_peer_core::Message;
use fake_peer_core::wire::{Command, Rules};

use super::failure::Failure;
use super::network::NetworkArgs;
use super::output::{self, grouped};

/// Decode the messages in a file, a stream, hex text or a network capture
#[derive(Debug, clap::Args)]
#[command(long_about = LONG_ABOUT, after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// File to decode; - is stdin
    #[arg(value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// Format of the input [default: detected from its first bytes]
    #[arg(long, value_name = "FORM")]
    format: Option<Form>,
    /// Decode the input as one payload of this message, without an envelope
    #[arg(long, value_name = "NAME")]
    command: Option<Command>,
    #[command(flatten)]
    network: NetworkArgs,
    /// How strictly to decode payloads
    #[arg(long, value_name = "RULES", default_value = "strict")]
    rules: Strictness,
    /// Print each field: its offset in the payload, its bytes, its name and its value
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Print a JSON object for each message, which `fake-peer encode` turns into the same bytes
    #[arg(long, conflicts_with = "verbose")]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// Hex text
    Hex,
    /// Binary envelopes
    Raw,
    /// A file that Bitcoin Core wrote with -capturemessages
    Core,
    /// A network capture (pcap or pcapng)
    Pcap,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Strictness {
    /// Accept only what the specifications allow
    Strict,
    /// Accept what Bitcoin Core accepts
    Reference,
}

const AFTER_HELP: &str = "\
Examples:
  fake-peer decode msgs_recv.dat
  fake-peer decode -v capture.pcapng
  echo f9beb4d976657261636b000000000000000000005df6e0e2 | fake-peer decode
  fake-peer decode --command ping payload.bin
  fake-peer decode --json stream.bin | fake-peer encode > same.bin

Exit codes:
  0    every byte belongs to a message, and every message is well-formed
  1    something is malformed, was skipped, or is missing from the capture
  2    bad usage, or unreadable input
  3    another error occurred
  141  stdout was closed";

const LONG_ABOUT: &str = include_str!("decode.txt");

pub(crate) fn run(args: &Args, quiet: bool) -> Result<(), Failure> {
    let options = Options {
        format: args.format.map(Form::format),
        command: args.command,
        magic: args.network.magic()?,
        rules: args.rules.rules(),
    };
    if let (Some(_), Some(Form::Core | Form::Pcap)) = (args.command, args.format) {
        let text =
            "--command cannot be used with a capture, whose messages have commands of their own";
        return Err(Failure::Input(text.to_owned()));
    }
    let input = open(&args.input)?;
    let mut records = Records::open(input, &options).map_err(|error| args.failure(&error))?;
    let mut printer = Printer::new(args, options.rules);
    let mut tally = Tally::default();
    for record in records.by_ref() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                // Print the records before the error.
                printer.flush()?;
                return Err(args.failure(&error));
            }
        };
        let reading = match &record.piece {
            Piece::Message { envelope, .. } => Some(Reading::of(envelope, &printer.rules)),
            _ => None,
        };
        tally.count(&record, reading.as_ref());
        printer.print(&record, reading.as_ref())?;
    }
    printer.flush()?;
    if !quiet {
        note_ignored(&records);
    }
    tally.verdict(&args.name(), &records)
}

impl Args {
    fn name(&self) -> String {
        name_of(&self.input)
    }

    fn failure(&self, error: &InputError) -> Failure {
        let failure = Failure::Input(format!("{}: {error}", self.name()));
        match error {
            InputError::Hex(HexError { kind: HexErrorKind::Digit(b'{'), .. }) => {
                failure.with_help("use `fake-peer encode` to read JSON")
            }
            InputError::Hex(HexError { kind: HexErrorKind::Digit(_), .. }) => failure.with_help(
                "text input must be hex, as `xxd -p FILE` prints it; use --format raw for binary input",
            ),
            _ => failure,
        }
    }
}

pub(super) fn name_of(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "stdin".to_owned(),
        _ => path.display().to_string(),
    }
}

/// Opens a file, or stdin for `-`.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read + Send>, Failure> {
    if path == Path::new("-") {
        if io::stdin().is_terminal() {
            let failure = Failure::Input("stdin is a terminal".to_owned());
            return Err(failure.with_help("name a file, or pipe the input in"));
        }
        return Ok(Box::new(io::stdin()));
    }
    let fail = |error: io::Error| {
        let failure = Failure::Input(format!("{}: {error}", path.display()));
        match path.to_str() {
            Some(text) if text.len() >= 8 && text.bytes().all(|b| b.is_ascii_hexdigit()) => {
                failure.with_help("to decode hex text, pipe it in: echo HEX | fake-peer decode")
            }
            _ => failure,
        }
    };
    let file = File::open(path).map_err(fail)?;
    if file.metadata().map_err(fail)?.is_dir() {
        return Err(Failure::Input(format!("{}: is a folder", path.display())));
    }
    Ok(Box::new(file))
}

impl Form {
    fn format(self) -> Format {
        match self {
            Self::Hex => Format::Hex,
            Self::Raw => Format::Raw,
            Self::Core => Format::Core,
            Self::Pcap => Format::Pcap,
        }
    }
}

impl Strictness {
    fn rules(self) -> Rules {
        match self {
            Self::Strict => Rules::STRICT,
            Self::Reference => Rules::REFERENCE,
        }
    }
}

/// Prints records in the form that the user asked for.
struct Printer {
    out: BufWriter<io::Stdout>,
    style: Style,
    colour: Colour,
    rules: Rules,
    /// Whether to flush each line, because the input may be a live stream.
    live: bool,
}

enum Style {
    Lines,
    Tree,
    Json,
}

impl Printer {
    fn new(args: &Args, rules: Rules) -> Self {
        let stdout = io::stdout();
        let colour = match AutoStream::choice(&stdout) {
            ColorChoice::Never => Colour::Never,
            _ => Colour::Ansi,
        };
        Self {
            out: BufWriter::new(stdout),
            style: match args {
                Args { json: true, .. } => Style::Json,
                Args { verbose: 1.., .. } => Style::Tree,
                _ => Style::Lines,
            },
            colour,
            rules,
            live: args.input == Path::new("-"),
        }
    }

    fn print(&mut self, record: &Record, reading: Option<&Reading>) -> Result<(), Failure> {
        let lines = match self.style {
            Style::Lines => text::line(record, reading, self.colour),
            Style::Tree => tree::tree(record, reading, &self.rules, self.colour),
            Style::Json => json::write(record, reading)
                .map_err(|error| Failure::Internal(io::Error::other(error)))?,
        };
        writeln!(self.out, "{lines}").map_err(Failure::Stdout)?;
        if self.live { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Failure::Stdout)
    }
}

/// Counts of what the input held, in messages or bytes.
#[derive(Default)]
struct Tally {
    messages: u64,
    malformed: u64,
    skipped: u64,
    missing: u64,
    /// What the skipped bytes may be.
    hint: Option<Hint>,
}

#[derive(Clone, Copy)]
enum Hint {
    /// Envelopes for an unknown network, with its magic.
    Network(Magic),
    /// The beginning of an envelope.
    CutOff,
}

impl Tally {
    fn count(&mut self, record: &Record, reading: Option<&Reading>) {
        match &record.piece {
            Piece::Message { .. } => {
                self.messages += 1;
                let is_malformed = reading.is_some_and(|reading| reading.problem.is_some());
                self.malformed += u64::from(is_malformed);
            }
            Piece::Skipped { bytes, reason } => {
                self.skipped += bytes.len() as u64;
                self.hint = self.hint.or_else(|| Hint::of(bytes, *reason));
            }
            Piece::Missing { length } => self.missing += length,
        }
    }

    fn verdict(&self, name: &str, records: &Records<'_>) -> Result<(), Failure> {
        let Self {
            messages,
            malformed,
            skipped,
            missing,
            hint,
        } = self;
        if *messages == 0 {
            let text = format!("{name}: no message found (read as {})", records.format());
            return Err(Failure::Input(text).with_help(match (hint, records.format()) {
                (Some(Hint::Network(magic)), _) => {
                    format!("it may be for another network; try --network {magic}")
                }
                (Some(Hint::CutOff), _) => "the input ends inside the first envelope".to_owned(),
                (None, Format::Pcap) => "encrypted connections (BIP324) cannot be decoded; for a custom network, give its magic with --network".to_owned(),
                (None, _) => "for a payload without an envelope, use --command; for a custom network, give its magic with --network".to_owned(),
            }));
        }
        let early = records.ignored().early;
        let faults: Vec<String> = [
            (
                *malformed,
                format!("{} malformed", of(*malformed, *messages)),
            ),
            (*skipped, format!("{} skipped", bytes(*skipped))),
            (*missing, format!("{} missing", bytes(*missing))),
            (
                early,
                format!(
                    "{} not read, sent before the first one captured",
                    segments(early)
                ),
            ),
        ]
        .into_iter()
        .filter_map(|(count, text)| (count > 0).then_some(text))
        .collect();
        if faults.is_empty() {
            return Ok(());
        }
        Err(Failure::Protocol(format!("{name}: {}", faults.join(", "))))
    }
}

fn bytes(count: u64) -> String {
    let bytes = if count == 1 { "byte" } else { "bytes" };
    format!("{} {bytes}", grouped(count))
}

fn segments(count: u64) -> String {
    let segments = if count == 1 { "segment" } else { "segments" };
    format!("{} TCP {segments}", grouped(count))
}

fn of(some: u64, all: u64) -> String {
    let messages = if all == 1 { "message" } else { "messages" };
    format!("{} of {} {messages}", grouped(some), grouped(all))
}

impl Hint {
    fn of(bytes: &[u8], reason: SkipReason) -> Option<Self> {
        match reason {
            SkipReason::CutOff { .. } => Some(Self::CutOff),
            SkipReason::Magic { found, .. } => {
                let command = Command::from_bytes(*bytes.get(4..)?.first_chunk()?).ok()?;
                let known = Message::COMMANDS.contains(&command);
                known.then_some(Self::Network(Magic(found)))
            }
            _ => None,
        }
    }
}

fn note_ignored(records: &Records<'_>) {
    let ignored = records.ignored();
    if ignored.directions > 0 {
        let (count, bytes) = (grouped(ignored.directions), grouped(ignored.bytes));
        output::note(format_args!(
            "note: found no message in {count} directions of TCP connections ({bytes} bytes)"
        ));
    }
    if ignored.packets > 0 {
        output::note(format_args!(
            "note: {} packets contain no TCP segment",
            grouped(ignored.packets)
        ));
    }
}
