//! Ctrl-c, and on Unix SIGTERM.

use super::failure::Failure;

/// A future that completes when the user or the system wants us to end. It takes note from this
/// call on, not only from when it is first polled.
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

/// A future that completes when the user wants us to end.
#[cfg(windows)]
pub(crate) fn interrupted() -> Result<impl Future<Output = ()>, Failure> {
    let mut interrupt = tokio::signal::windows::ctrl_c().map_err(Failure::Internal)?;
    Ok(async move {
        interrupt.recv().await;
    })
}
