//! A header download and its output: rows, a progress bar and a summary.

use std::fmt;
use std::time::{Duration, Instant};

use fake_peer::sync::{Ended, HeaderSync, Limits};
use fake_peer::{Network, Peer, PeerError, unix_time};
use fake_peer_core::Header;
use fake_peer_core::chain::Tip;
use fake_peer_core::header::Work;
use fake_peer_core::message::Headers;
use indicatif::{ProgressBar, ProgressFinish, ProgressState, ProgressStyle};

use super::failure::Failure;
use super::output::{self, grouped};
use super::periods::{HEADING, Row, date};

/// A download in progress.
pub(crate) struct Download {
    network: Network,
    sync: HeaderSync,
    /// Every header from block 0 on, if the headers will be saved.
    kept: Option<Vec<Header>>,
    bar: ProgressBar,
    rows: u32,
    waiting: Duration,
    checking: Duration,
}

impl Download {
    pub(crate) fn new(network: Network, limits: Limits, keep: bool, quiet: bool) -> Self {
        Self {
            network,
            sync: HeaderSync::new(network.params, limits),
            kept: keep.then(|| vec![network.params.genesis]),
            // Draws nothing if stderr is not a terminal.
            bar: if quiet {
                ProgressBar::hidden()
            } else {
                ProgressBar::no_length()
            },
            rows: 0,
            waiting: Duration::ZERO,
            checking: Duration::ZERO,
        }
    }

    /// Downloads, checks and prints headers until the end. The handshake must be complete.
    pub(crate) async fn run(&mut self, peer: &mut Peer, most: u32) -> Result<(), Failure> {
        self.show_bar(peer, most);
        while let Some(request) = self.sync.request() {
            let started = Instant::now();
            let answer = match peer.send(request).await {
                Ok(()) => peer.wait_for::<Headers>().await,
                Err(error) => Err(error),
            };
            self.waiting += started.elapsed();
            let Headers { headers } = answer.map_err(|error| self.peer_failure(&error))?;
            self.take(&headers)?;
        }
        self.bar.finish_and_clear();
        self.warn_if_short(peer);
        Ok(())
    }

    /// Returns the headers from block 0 on, if they will be saved.
    pub(crate) fn headers(&self) -> Option<&[Header]> {
        self.kept.as_deref()
    }

    pub(crate) fn print_summary(&self) -> Result<(), Failure> {
        let tip = self.sync.tip();
        let total = self.waiting + self.checking;
        let per_second = f64::from(tip.height) / total.as_secs_f64().max(1e-9);
        output::line(format_args!(
            "\nsynced {} headers in {} batch{} and {:.2} s: {} headers/s, {}",
            grouped(tip.height.into()),
            self.sync.batches(),
            if self.sync.batches() == 1 { "" } else { "es" },
            total.as_secs_f64(),
            grouped(rounded(per_second)),
            why_ended(self.sync.ended()),
        ))?;
        print_tip(tip)?;
        output::line(format_args!(
            "  time   {:.2} s waiting for the network, {:.2} s checking headers",
            self.waiting.as_secs_f64(),
            self.checking.as_secs_f64()
        ))
    }

    fn take(&mut self, headers: &[Header]) -> Result<(), Failure> {
        let before = self.sync.tip().height;
        let started = Instant::now();
        let result = self.sync.receive(headers, unix_time());
        self.checking += started.elapsed();
        let accepted = (self.sync.tip().height - before) as usize;
        let good = &headers[..accepted];
        if let Some(kept) = &mut self.kept {
            kept.extend(good);
        }
        self.print_periods(before + 1, good)?;
        self.bar.set_position(self.sync.tip().height.into());
        match result {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::Protocol(error.to_string())),
        }
    }

    fn print_periods(&mut self, first: u32, headers: &[Header]) -> Result<(), Failure> {
        let params = *self.sync.chain().params();
        for (height, header) in (first..).zip(headers) {
            if params.is_boundary(height) {
                let Header { time, bits, .. } = *header;
                self.print_row(Row { height, time, bits })?;
            }
        }
        Ok(())
    }

    fn print_row(&mut self, row: Row) -> Result<(), Failure> {
        let first = self.rows == 0;
        self.rows += 1;
        self.bar.suspend(|| {
            if first {
                output::line(HEADING)?;
            }
            output::line(row)
        })
    }

    /// Sizes the bar by the height that the peer announced. A wrong height does no harm.
    fn show_bar(&mut self, peer: &Peer, most: u32) {
        self.bar.set_length(announced(peer).min(most).into());
        if let Ok(style) = ProgressStyle::with_template(
            "{wide_bar:.cyan/dim} {human_pos} of {human_len} headers, {rate}, {eta} left",
        ) {
            self.bar.set_style(style.with_key("rate", rate));
        }
        self.bar = self.bar.clone().with_finish(ProgressFinish::AndClear);
    }

    /// Warns if the peer announced a longer chain than it sent, as a node does that is still syncing.
    fn warn_if_short(&self, peer: &Peer) {
        let (announced, height) = (announced(peer), self.sync.tip().height);
        if self.sync.ended() == Some(Ended::NoMore) && announced > height {
            tracing::warn!(
                "the peer announced height {announced} but sent no headers above {height}"
            );
        }
    }

    fn peer_failure(&self, error: &PeerError) -> Failure {
        let failure = Failure::of_peer(error, self.network);
        failure.at(format_args!("at height {}", self.sync.tip().height))
    }
}

/// Prints the last header and the work of the chain up to it.
pub(super) fn print_tip(tip: &Tip) -> Result<(), Failure> {
    output::line(format_args!("  tip    {}", tip.hash))?;
    output::line(format_args!(
        "         at height {}, dated {}",
        grouped(tip.height.into()),
        date(tip.time)
    ))?;
    output::line(format_args!("  work   {}", tip.work))?;
    output::line(format_args!("         = 2^{:.2} hashes", log2(tip.work)))
}

/// Returns the height that the peer announced in its version. It may be any number.
fn announced(peer: &Peer) -> u32 {
    let height = peer.version().map_or(0, |version| version.start_height);
    u32::try_from(height).unwrap_or(0)
}

/// Writes whole headers per second; the built-in key shows fractions.
pub(super) fn rate(state: &ProgressState, text: &mut dyn fmt::Write) {
    // Failing to draw the bar is no reason to stop.
    let _ = write!(text, "{}/s", grouped(rounded(state.per_sec())));
}

fn why_ended(ended: Option<Ended>) -> &'static str {
    match ended {
        Some(Ended::NoMore) => "all the peer has",
        Some(Ended::Batches) => "stopped after --batches",
        Some(Ended::Height) => "stopped at --max-height",
        None => "incomplete",
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number far below 2^53, to be read by people"
)]
pub(super) fn rounded(per_second: f64) -> u64 {
    per_second.round() as u64
}

fn log2(work: Work) -> f64 {
    let value = work
        .to_be_bytes()
        .into_iter()
        .fold(0.0, |value: f64, byte| value * 256.0 + f64::from(byte));
    value.log2()
}

#[cfg(test)]
mod tests {
    use fake_peer_core::chain::Params;

    use super::*;

    #[test]
    fn the_work_of_block_0_is_2_to_the_32() {
        let sync = HeaderSync::new(Params::mainnet(), Limits::default());
        assert!((log2(sync.tip().work) - 32.0).abs() < 1e-4);
    }
}
