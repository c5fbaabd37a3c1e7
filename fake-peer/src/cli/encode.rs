//! `fake-peer encode`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::PathBuf;

use fake_peer::decode::json;

use super::decode::{name_of, open};
use super::failure::Failure;
use super::network::NetworkArgs;

/// Encode the JSON that `fake-peer decode --json` prints
///
/// Reads one object per line, as described in `fake-peer decode --help`. Missing fields take their
/// defaults, so {"command":"ping"} is a complete message. The fields of block, cmpctblock,
/// merkleblock, feature, reject and unknown messages have no defaults. The length and the checksum
/// are computed unless the object gives them. The network of an object that names none is mainnet by
/// default.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// File of JSON to encode; - is stdin
    #[arg(value_name = "FILE", default_value = "-")]
    input: PathBuf,
    #[command(flatten)]
    network: NetworkArgs,
    /// Write hex text, one line per object
    #[arg(long)]
    hex: bool,
    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const AFTER_HELP: &str = r#"Examples:
  echo '{"command":"ping","fields":{"nonce":7}}' | fake-peer encode --hex
  fake-peer decode --json stream.bin | fake-peer encode -o same.bin

Exit codes:
  0    every line was encoded
  2    bad usage, or an invalid line; the lines before it were written
  3    the output cannot be written
  141  stdout was closed"#;

/// The longest line in bytes: several times as long as the largest message in JSON.
const MAX_LINE: u64 = 64 * 1024 * 1024;

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let magic = args.network.magic()?.unwrap_or_default();
    let name = name_of(&args.input);
    let mut input = BufReader::new(open(&args.input)?);
    let mut output = Output::open(args)?;
    for number in 1_u64.. {
        let at =
            |text: &dyn std::fmt::Display| Failure::Input(format!("{name}, line {number}: {text}"));
        let Some(line) = read_line(&mut input).map_err(|error| at(&error))? else {
            break;
        };
        if line.trim().is_empty() {
            continue;
        }
        match json::read(&line, magic) {
            Ok(bytes) => output.write(&bytes)?,
            Err(error) => {
                output.flush()?;
                return Err(at(&error));
            }
        }
    }
    output.flush()
}

fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let count = input.take(MAX_LINE).read_until(b'\n', &mut line)?;
    if count as u64 == MAX_LINE {
        return Err(io::Error::other(format!(
            "longer than the limit of {MAX_LINE} bytes"
        )));
    }
    let text = String::from_utf8(line).map_err(|_| io::Error::other("not valid UTF-8"))?;
    Ok((count > 0).then_some(text))
}

/// The destination of the encoded bytes.
struct Output {
    writer: BufWriter<Box<dyn Write>>,
    hex: bool,
    /// The file's name, unless it is stdout.
    file: Option<String>,
}

impl Output {
    fn open(args: &Args) -> Result<Self, Failure> {
        let writer: Box<dyn Write> = match &args.output {
            Some(path) => Box::new(File::create(path).map_err(|error| {
                Failure::Input(format!("cannot write to {}: {error}", path.display()))
            })?),
            None if io::stdout().is_terminal() && !args.hex => {
                let failure = Failure::Input("cannot write binary data to a terminal".into());
                return Err(failure.with_help("print hex with --hex, or write a file with -o FILE"));
            }
            None => Box::new(io::stdout()),
        };
        Ok(Self {
            writer: BufWriter::new(writer),
            hex: args.hex,
            file: args.output.as_ref().map(|path| path.display().to_string()),
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let result = match self.hex {
            true if bytes.is_empty() => Ok(()),
            true => writeln!(self.writer, "{}", const_hex::encode(bytes)),
            false => self.writer.write_all(bytes),
        };
        result.map_err(|error| self.failure(error))
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|error| self.failure(error))
    }

    fn failure(&self, error: io::Error) -> Failure {
        match &self.file {
            Some(name) => Failure::Internal(io::Error::other(format!("{name}: {error}"))),
            None => Failure::Stdout(error),
        }
    }
}
