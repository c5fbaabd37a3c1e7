//! Ctrl-c, and on Unix SIGTERM.

use super::failure::Failure;

/// Returns a future that completes when the user or the system asks the program to stop. Signals
/// count from this call on, even before the future is first polled.
#[cfg(unix)]
pub(crate) fn interrupted() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::Internal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::Internal)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Returns a future that completes when the user asks the program to stop.
#[cfg(windows)]
pub(crate) fn interrupted() -> Result<impl Future<Output = ()>, Failure> {
    let mut interrupt = tokio::signal::windows::ctrl_c().map_err(Failure::Internal)?;
    Ok(async move {
        interrupt.recv().await;
    })
}
