//! A valve in front of the sign-in: while more passwords wait to be checked than can be soon, or half of all places are
//! taken by whatever is sent there, an address that tries again and again is told to wait before anything is looked up or
//! rendered for it. The end of that answer is held back for a moment: a program that reads its answers would keep the server
//! busy with refusing. In quiet times the valve is open.

use std::{
    net::IpAddr,
    num::{NonZero, NonZeroU32},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use app::{
    AppError,
    server::{AppContext, keep, tell},
};
use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use backend::access::Request as Note;
use futures_util::stream;
use governor::{Quota, RateLimiter, clock::DefaultClock, state::keyed::HashMapStateStore};
use http::{HeaderValue, Method, header};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};

/// An address may try twice, and then every other second.
const BURST: NonZeroU32 = NonZeroU32::new(2).unwrap();
const EVERY: Duration = Duration::from_secs(2);

/// So many addresses are remembered before all are forgotten: that costs less than to look for those that may try again,
/// and each of them gets no more than another [`BURST`].
const MOST_ADDRESSES: usize = 10_000;

/// So many sign-ins are worked on at a time, and one more for each processor: those whose passwords wait to be checked, and
/// a few more, for each takes a hundred kilobytes and then a page.
const MOST_INSIDE: usize = 27;

/// How long a refusal is held back, and how many may be at a time: others are refused at once.
const MOMENT: Duration = Duration::from_secs(1);
const MOST_HELD_BACK: usize = 1000;

const SIGN_INS: [&str; 4] = ["/login", "/login/code", "/api/session/sign-in", "/api/session/code"];

type Limiter = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>;

#[derive(Clone)]
pub struct Valve {
    context: AppContext,
    quota: Quota,
    limiter: Arc<Mutex<Limiter>>,
    inside: Arc<Semaphore>,
    held_back: Arc<Semaphore>,
}

impl Valve {
    /// None for a quota that makes no sense.
    pub fn new(context: AppContext) -> Option<Self> {
        let quota = Quota::with_period(EVERY)?.allow_burst(BURST);
        Some(Self {
            context,
            quota,
            limiter: Arc::new(Mutex::new(RateLimiter::hashmap(quota))),
            inside: Arc::new(Semaphore::new(
                MOST_INSIDE + thread::available_parallelism().map_or(1, NonZero::get),
            )),
            held_back: Arc::new(Semaphore::new(MOST_HELD_BACK)),
        })
    }

    /// Whether this address comes too often while others wait.
    fn is_too_often(&self, note: &Note) -> bool {
        let Ok(address) = note.address.parse() else {
            return false;
        };
        let Ok(mut limiter) = self.limiter.lock() else {
            return false;
        };
        if limiter.len() > MOST_ADDRESSES {
            *limiter = RateLimiter::hashmap(self.quota);
        }
        // What is refused without a hash takes a place too, and time: an empty form comes back as a page.
        let is_half_full = self.inside.available_permits() < MOST_INSIDE / 2;
        (is_half_full || self.context.backend.is_flooded()) && limiter.check_key(&address).is_err()
    }
}

pub async fn hold_back_floods(State(valve): State<Option<Valve>>, request: Request, next: Next) -> Response {
    let is_sign_in = request.method() == Method::POST && SIGN_INS.contains(&request.uri().path());
    let Some(valve) = valve.filter(|_| is_sign_in) else {
        return next.run(request).await;
    };
    // It has come whole by now, or some that are sent by halves would take all places.
    let note = request.extensions().get::<Note>().cloned().unwrap_or_default();
    let told = if valve.is_too_often(&note) {
        AppError::TooMany {
            wait_seconds: EVERY.as_secs().cast_signed(),
        }
    } else if let Ok(_place) = valve.inside.try_acquire() {
        return next.run(request).await;
    } else {
        AppError::Unavailable { request: note.id }
    };
    let mut response = if request.uri().path().starts_with("/api/") {
        tell(&told, true, request.headers().get(header::ACCEPT))
    } else {
        keep(&valve.context, request, &told).await
    };
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(EVERY.as_secs()));
    match valve.held_back.try_acquire_owned() {
        Ok(place) => hold_back(response, place),
        Err(_) => response,
    }
}

/// The head goes out at once and the rest after a moment: of the many that a flood has waiting, each keeps its text alone.
fn hold_back(mut response: Response, place: OwnedSemaphorePermit) -> Response {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    response.map(|body| {
        Body::from_stream(stream::once(async {
            time::sleep(MOMENT).await;
            drop(place);
            to_bytes(body, usize::MAX).await
        }))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{body::to_bytes, response::IntoResponse};
    use http::header;
    use tokio::{sync::Semaphore, time::Instant};

    use super::{MOMENT, hold_back};

    #[tokio::test]
    async fn a_refusal_is_held_back_for_a_moment_and_comes_whole() {
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).try_acquire_owned().unwrap();
        let started = Instant::now();
        let held = hold_back("Come again.".into_response(), place);
        assert_eq!(held.headers()[header::CONTENT_LENGTH], "11");
        assert_eq!(places.available_permits(), 0);
        assert_eq!(to_bytes(held.into_body(), 100).await.unwrap(), "Come again.");
        assert!(started.elapsed() >= MOMENT);
        assert_eq!(places.available_permits(), 1);
    }

    #[tokio::test]
    async fn whoever_leaves_makes_room_for_another_refusal() {
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).try_acquire_owned().unwrap();
        drop(hold_back("Come again.".into_response(), place));
        assert_eq!(places.available_permits(), 1);
    }
}
