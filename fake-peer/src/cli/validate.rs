//! `fake-peer validate`.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use fake_peer::{Network, unix_time};
use fake_peer_core::Header;
use fake_peer_core::chain::{RecordsError, Unchecked, Validator};
use fake_peer_core::hash::HashPath;
use fake_peer_fixtures::{compact, raw};
use indicatif::{ProgressBar, ProgressStyle};

use super::download::{print_tip, rate, rounded};
use super::failure::Failure;
use super::interrupt::interrupted;
use super::network::{NetworkArgs, network_of_headers};
use super::number;
use super::output::{self, grouped};

/// Check a file of headers and measure how long that takes
///
/// Checks each header against the network's rules: link, difficulty, proof of work, times and
/// version. The first header in the file is block 0, or else a trusted header at the height that
/// --start gives. The default network is that of the file, or else mainnet.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// File of headers, raw (80 bytes each) or compact; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    network: NetworkArgs,
    /// Height of the first header, if the file does not give it
    ///
    /// Some checks need earlier headers. The summary counts the checks that were left out for this.
    #[arg(long, value_name = "HEIGHT", value_parser = number::within(0..=MAX_START))]
    start: Option<u32>,
    /// How to hash: sha-ni, avx512, avx512vl, avx2, portable or sha2 [default: the best on this CPU]
    #[arg(long, value_name = "PATH", env = "FAKE_PEER_HASH")]
    hash: Option<HashPath>,
    /// Number of threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = number::within(1..=MAX_THREADS))]
    threads: Option<usize>,
}

/// The greatest height of a first header: a hundred times the height of any chain, and low enough
/// that no height overflows.
const MAX_START: u32 = 100_000_000;

/// The most threads: a batch is hashed in chunks, of which there are not many more than this.
const MAX_THREADS: usize = 64;

const AFTER_HELP: &str = "\
Examples:
  fake-peer validate mainnet.fpchain                        saved by `fake-peer sync --save`
  fake-peer validate - --network testnet3 < headers.bin
  fake-peer validate run.bin --start 822528 --threads 1

Exit codes:
  0    every header is valid
  1    a header is invalid
  2    bad usage, or a file that does not hold headers
  3    another error occurred
  130  interrupted by ctrl-c";

/// How many headers are read and checked at a time (4 MB).
const BATCH: usize = 50_000;
/// The largest compact file in bytes (ten million headers), since it is read as a whole.
const MAX_COMPACT: u64 = 400_000_000;

pub(crate) async fn run(args: Args, quiet: bool) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    let work = tokio::task::spawn_blocking(move || validate(&args, quiet));
    tokio::select! {
        result = work => result.map_err(|error| Failure::Internal(error.into()))?,
        () = interrupted => Err(Failure::Interrupted),
    }
}

fn validate(args: &Args, quiet: bool) -> Result<(), Failure> {
    let name = args.file.display().to_string();
    let input = |error: &dyn std::fmt::Display| Failure::Input(format!("{name}: {error}"));
    let mut source = Source::open(&args.file).map_err(|error| input(&error))?;
    let network = network_of_headers(args.network.chosen()?, source.magic, &source.first)
        .map_err(|error| input(&error))?;
    let start = match (args.start, source.start) {
        (Some(wanted), Some(found)) if wanted != found => {
            let text = format_args!("starts at height {found}, expected {wanted}");
            return Err(input(&text));
        }
        (wanted, found) => wanted.or(found).unwrap_or(0),
    };
    if start == 0 && source.first != network.params.genesis {
        let text = format!("{name}: does not start with block 0 of {network}");
        return Err(
            Failure::Input(text).with_help("give the height of its first header with --start")
        );
    }
    let chain = Validator::anchored(network.params, start, &source.first)
        .map_err(|error| Failure::Protocol(error.to_string()))?;
    let mut run = Run {
        network,
        chain: match args.hash {
            Some(path) => chain.with_hash_path(path),
            None => chain,
        },
        threads: args.threads.and_then(NonZero::new).unwrap_or_else(cores),
        count: 1,
        checking: Duration::ZERO,
        bar: bar(source.count, quiet),
    };
    run.check_all(&mut source.rest, &input)?;
    run.print_summary(args.hash.unwrap_or_else(HashPath::best))
}

fn cores() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// Headers from a file or from stdin.
struct Source {
    magic: Option<[u8; 4]>,
    /// The height of the first header.
    start: Option<u32>,
    first: Header,
    /// The number of headers, if it is known.
    count: Option<u64>,
    /// The headers after the first, 80 bytes each.
    rest: Box<dyn Read>,
}

impl Source {
    fn open(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            return Self::read(Box::new(io::stdin()), None);
        }
        let file = File::open(path)?;
        let length = Some(file.metadata()?.len()).filter(|length| *length > 0); // 0 for a device
        Self::read(Box::new(file), length)
    }

    fn read(mut bytes: Box<dyn Read>, length: Option<u64>) -> io::Result<Self> {
        let mut head = Vec::new();
        let magic = compact::MAGIC.len() as u64;
        bytes.by_ref().take(magic).read_to_end(&mut head)?;
        if head == compact::MAGIC {
            return Self::compact(head, bytes);
        }
        let missing = Header::SIZE as u64 - magic;
        bytes.by_ref().take(missing).read_to_end(&mut head)?;
        let Some(first) = head.first_chunk().map(Header::from_bytes) else {
            let text = format!("{} bytes, expected headers of 80 bytes", head.len());
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
        };
        Ok(Self {
            magic: None,
            start: raw::network_of(&first).map(|_| 0),
            first,
            count: length.map(|length| length / Header::SIZE as u64),
            rest: bytes,
        })
    }

    fn compact(mut head: Vec<u8>, rest: Box<dyn Read>) -> io::Result<Self> {
        rest.take(MAX_COMPACT).read_to_end(&mut head)?;
        let file = compact::decode(&head).map_err(io::Error::other)?;
        let Some((first, rest)) = file.headers.split_first() else {
            return Err(io::Error::other("no headers"));
        };
        Ok(Self {
            magic: file.magic,
            start: file.start_height,
            first: *first,
            count: Some(file.headers.len() as u64),
            rest: Box::new(Cursor::new(raw::encode(rest))),
        })
    }
}

/// A validation in progress.
struct Run {
    network: Network,
    chain: Validator,
    threads: NonZero<usize>,
    /// The number of headers so far, including the first.
    count: u64,
    checking: Duration,
    bar: ProgressBar,
}

impl Run {
    fn check_all(
        &mut self,
        rest: &mut dyn Read,
        input: &dyn Fn(&dyn std::fmt::Display) -> Failure,
    ) -> Result<(), Failure> {
        let mut batch = Vec::new();
        loop {
            batch.clear();
            let most = (BATCH * Header::SIZE) as u64;
            rest.take(most)
                .read_to_end(&mut batch)
                .map_err(|error| input(&error))?;
            if batch.is_empty() {
                self.bar.finish_and_clear();
                return Ok(());
            }
            self.check(&batch).map_err(|error| match error {
                RecordsError::Header(error) => Failure::Protocol(error.to_string()),
                other => input(&self.in_the_file(other)),
            })?;
            self.bar.set_position(self.count);
        }
    }

    fn check(&mut self, batch: &[u8]) -> Result<(), RecordsError> {
        let before = self.chain.tip().height;
        let started = Instant::now();
        let result =
            self.chain
                .push_records_threaded(batch, Header::SIZE, unix_time(), self.threads);
        self.checking += started.elapsed();
        self.count += u64::from(self.chain.tip().height - before);
        result.map(|_| ())
    }

    /// Corrects an offset in a batch to one in the file: `count` headers precede the truncated one.
    fn in_the_file(&self, error: RecordsError) -> RecordsError {
        match error {
            RecordsError::Truncated { found, .. } => RecordsError::Truncated {
                offset: usize::try_from(self.count)
                    .map_or(usize::MAX, |count| count * Header::SIZE),
                found,
            },
            other => other,
        }
    }

    fn print_summary(&self, path: HashPath) -> Result<(), Failure> {
        let checked = u32::try_from(self.count - 1).unwrap_or(u32::MAX);
        let per_second = f64::from(checked) / self.checking.as_secs_f64().max(1e-9);
        output::line(format_args!(
            "validated {} headers of {} in {:.3} s: {} headers/s",
            grouped(self.count),
            self.network,
            self.checking.as_secs_f64(),
            grouped(rounded(per_second)),
        ))?;
        print_tip(self.chain.tip())?;
        output::line(format_args!(
            "  hash   {path}, on {} thread{}",
            self.threads,
            if self.threads.get() == 1 { "" } else { "s" }
        ))?;
        print_unchecked(self.chain.unchecked())
    }
}

fn print_unchecked(unchecked: Unchecked) -> Result<(), Failure> {
    let parts = [
        ("the bits of", unchecked.required_bits),
        ("the median time of", unchecked.median_time_past),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{what} {count}"))
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    let parts = parts.join(", ");
    output::line(format_args!(
        "  not checked, because this needs headers before the start: {parts}"
    ))
}

/// Returns the progress bar, which draws nothing if stderr is not a terminal.
fn bar(count: Option<u64>, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let (bar, template) = match count {
        Some(count) => (
            ProgressBar::new(count),
            "{wide_bar:.cyan/dim} {human_pos} of {human_len} headers, {rate}, {eta} left",
        ),
        None => (
            ProgressBar::no_length(),
            "{spinner} {human_pos} headers, {rate}",
        ),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.with_key("rate", rate)),
        Err(_) => bar,
    }
}
