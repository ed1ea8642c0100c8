//! What is done otherwise where Usher has few processors, and shares them with its database.

use std::{future::poll_fn, num::NonZero, pin::pin, sync::LazyLock, thread};

use crate::readers::AtOnce;

/// How many read at once while nobody waits for long, where they share the processors with the database: as many as there
/// are, and two on one.
///
/// With two instead of eight, one processor for Usher and Postgres answers a fifth to a half more pages (2026-11-27).
pub(crate) fn at_once(most: usize) -> AtOnce {
    AtOnce {
        few: processors().clamp(2, most),
        most,
    }
}

/// Waits for the thread that reads SQLite, and where both have one processor, not for each row by itself: where a row takes a
/// moment, its thread would wake this one, which finds that row alone and sleeps again, 27 times for a search with twelve
/// hits, a third of its work (2026-11-27). Woken and not done yet, it lets that thread run on before it sleeps.
///
/// Not sooner: whoever lets others run lets all of them, and a statement of one row gains little by it.
pub(crate) async fn after_its_thread<T>(answer: impl Future<Output = T>) -> T {
    let mut answer = pin!(answer);
    let mut polls = 0;
    poll_fn(|context| {
        let polled = answer.as_mut().poll(context);
        polls += 1;
        if polled.is_ready() || polls != 2 || processors() > 1 {
            return polled;
        }
        thread::yield_now();
        answer.as_mut().poll(context)
    })
    .await
}

/// How many this process may use.
fn processors() -> usize {
    static PROCESSORS: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, NonZero::get));
    *PROCESSORS
}
