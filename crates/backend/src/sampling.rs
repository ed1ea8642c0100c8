//! What searches know of the lists, learnt before somebody has to wait for it.

use std::time::Duration;

use tokio::time;

use crate::Backend;

/// More often than searches would do it themselves.
const EVERY: Duration = Duration::from_secs(4 * 60);

impl Backend {
    /// Looks at some rows of the lists now and every few minutes, and never ends by itself.
    pub async fn run_sampling(&self) {
        let mut often = time::interval(EVERY);
        loop {
            often.tick().await;
            if let Err(error) = store::sample_lists(self.store()).await {
                tracing::warn!(%error, "the lists were not sampled, searches do it themselves until it succeeds");
            }
        }
    }
}
