//! What pages read: the answer of a server function, fetched while the page is rendered on the server and carried to the
//! browser with it.
//!
//! Whatever is read travels as text and is decoded where it is shown. So all pages share one resource and one waiting
//! block, whose code the browser's bundle holds once and not for each type.

use std::{convert::Infallible, fmt, marker::PhantomData, str::FromStr, sync::Arc};

use leptos::prelude::*;
use leptos::server::codee::string::FromToStringCodec;
use leptos::server_fn::ServerFn;
use serde::{Serialize, de::DeserializeOwned};

use crate::{AppError, compact, form::use_saves, layout::fail_or, ui::keep_focus};

/// Something that is read, or will be.
pub struct Reading<T> {
    answer: Resource<Answer, FromToStringCodec>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Reading<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Reading<T> {}

/// Reads by a server function, and again when its arguments change.
pub fn read<S>(arguments: impl Fn() -> S + Clone + Send + Sync + 'static) -> Reading<S::Output>
where
    S: ServerFn<Error = AppError> + Serialize + Clone + Send + Sync + 'static,
    S::Output: Serialize,
{
    read_when(|| 0, arguments)
}

/// Reads by a server function, and again when its arguments change or something was saved.
pub fn follow<S>(arguments: impl Fn() -> S + Clone + Send + Sync + 'static) -> Reading<S::Output>
where
    S: ServerFn<Error = AppError> + Serialize + Clone + Send + Sync + 'static,
    S::Output: Serialize,
{
    let saves = use_saves();
    read_when(move || saves.0.get(), arguments)
}

/// Shows what was read, or why it cannot be shown.
pub fn show<T: DeserializeOwned + 'static>(
    reading: Reading<T>,
    view: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    show_either(reading, move |found| fail_or(found, &view))
}

/// Shows what came of the reading.
pub fn show_either<T: DeserializeOwned + 'static>(
    reading: Reading<T>,
    view: impl Fn(Result<T, AppError>) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    show_answer(
        reading.answer,
        Arc::new(move |Answer(answer)| {
            view(answer.and_then(|text| compact::decode(&text).ok_or(AppError::Unreachable)))
        }),
    )
}

fn show_answer(
    answer: Resource<Answer, FromToStringCodec>,
    view: Arc<dyn Fn(Answer) -> AnyView + Send + Sync>,
) -> AnyView {
    let suspend = move || {
        let view = view.clone();
        Suspend::new(async move {
            let answer = answer.await;
            // A list that is read anew takes its rows away, and the link in them that somebody is at.
            keep_focus("tbody, .c-pagination");
            view(answer)
        })
    };
    // A server answers once: it is spared the second view that a function would make there, only to see what is read in it.
    #[cfg(feature = "ssr")]
    let suspend = suspend();
    view! { <Transition>{suspend}</Transition> }.into_any()
}

/// The version of what is read, and the address that it is read from.
type Question = Box<dyn Fn() -> (u32, String) + Send + Sync>;

fn read_when<S>(
    version: impl Fn() -> u32 + Send + Sync + 'static,
    arguments: impl Fn() -> S + Clone + Send + Sync + 'static,
) -> Reading<S::Output>
where
    S: ServerFn<Error = AppError> + Serialize + Clone + Send + Sync + 'static,
    S::Output: Serialize,
{
    let question: Question = {
        let arguments = arguments.clone();
        Box::new(move || (version(), address(&arguments())))
    };
    Reading {
        answer: ask(question, arguments),
        of: PhantomData,
    }
}

/// A server function's own address with its arguments.
fn address<S: ServerFn + Serialize>(arguments: &S) -> String {
    let query = serde_urlencoded::to_string(arguments).unwrap_or_default();
    format!("{}?{query}", S::PATH)
}

/// On the server the function is called where it is. Its arguments are those of the address that is asked for, so they are
/// looked at here: the task that calls it may run when the client has left, and what they are read from with it.
#[cfg(feature = "ssr")]
fn ask<S>(_question: Question, arguments: impl Fn() -> S + Send + Sync + 'static) -> Resource<Answer, FromToStringCodec>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Serialize,
{
    use tracing::Instrument;

    let arguments = untrack(arguments);
    // What is logged meanwhile names the request.
    let request = tracing::Span::current();
    answer_by(Box::new(move || {
        let arguments = arguments.clone();
        let answer = async move {
            let answer = or_its_panic(S::PATH, arguments.run_body()).await;
            Answer(answer.and_then(|output| {
                compact::encode(&output).ok_or_else(|| {
                    tracing::error!(function = S::PATH, "an answer has no text");
                    AppError::Unreachable
                })
            }))
        };
        Box::pin(answer.instrument(request.clone()))
    }))
}

/// What a server function does is a future of many kilobytes, which a resource would move about a dozen times, by code of its
/// own for each. In a box it stays where it is.
#[cfg(feature = "ssr")]
type Asking = Box<dyn Fn() -> std::pin::Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

#[cfg(feature = "ssr")]
fn answer_by(asking: Asking) -> Resource<Answer, FromToStringCodec> {
    Resource::new_str_blocking(|| (), move |()| asking())
}

/// What is read, is read in a task of its own. A panic would end the task and nobody else: the page would wait for its
/// answer for ever.
#[cfg(feature = "ssr")]
async fn or_its_panic<T>(function: &str, answer: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
    use backend::error::Error;
    use futures_util::FutureExt;

    let answer = std::panic::AssertUnwindSafe(answer).catch_unwind().await;
    answer.unwrap_or_else(|said| {
        let words = said.downcast_ref::<&str>().map(|words| (*words).to_owned());
        let words = words.or_else(|| said.downcast_ref::<String>().cloned());
        let words = words.unwrap_or_default();
        Err(Error::Internal(format!("{function} panicked: {words}")).into())
    })
}

#[cfg(not(feature = "ssr"))]
fn ask<A>(question: Question, _arguments: A) -> Resource<Answer, FromToStringCodec> {
    fetch(question)
}

#[cfg(not(feature = "ssr"))]
fn fetch(question: Question) -> Resource<Answer, FromToStringCodec> {
    Resource::new_str_blocking(question, |(_, address): (u32, String)| {
        // There is one thread in a browser.
        send_wrapper::SendWrapper::new(async move { Answer(crate::wire::get(&address).await) })
    })
}

/// An answer of any server function: its text, or the error.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer(Result<String, AppError>);

/// Written into the page: text behind a sign that tells success from failure.
impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(text) => write!(formatter, "+{text}"),
            Err(error) => write!(formatter, "-{}", compact::encode(error).ok_or(fmt::Error)?),
        }
    }
}

impl FromStr for Answer {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(match text.split_at_checked(1) {
            Some(("+", text)) => Ok(text.to_owned()),
            Some((_, error)) => Err(compact::decode(error).unwrap_or(AppError::Unreachable)),
            None => Err(AppError::Unreachable),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_its_way_to_the_browser() {
        for answer in [Answer(Ok("[1]".to_owned())), Answer(Err(AppError::NotFound))] {
            assert_eq!(answer.to_string().parse(), Ok(answer));
        }
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        for text in ["", "-", "-{", "é"] {
            assert_eq!(text.parse(), Ok(Answer(Err(AppError::Unreachable))));
        }
    }

    #[cfg(feature = "ssr")]
    #[server(endpoint = "tests/breaks", input = server_fn::codec::GetUrl, output = compact::Answer)]
    async fn breaks() -> Result<String, AppError> {
        // Behind its first wait, so that nobody but its own task meets it.
        tokio::task::yield_now().await;
        panic!("on purpose")
    }

    #[cfg(feature = "ssr")]
    #[tokio::test]
    async fn a_panic_while_a_page_reads_ends_its_request_alone() {
        // It starts what runs the tasks.
        leptos_axum::generate_route_list(|| ());
        let page = || {
            leptos_meta::provide_meta_context();
            let read = show(read(|| Breaks {}), |text: String| text.into_any());
            view! {
                <html>
                    <head></head>
                    <body>{read}</body>
                </html>
            }
        };
        let render = leptos_axum::render_app_async_with_context(|| (), page);
        let request = http::Request::get("/").body(axum::body::Body::empty()).unwrap();
        let answer = tokio::time::timeout(std::time::Duration::from_secs(10), render(request));
        let answer = answer.await.expect("the page waits for ever");
        assert_eq!(answer.status(), 500);
        let page = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let page = String::from_utf8_lossy(&page);
        assert!(page.contains("Something went wrong in Usher."), "{page}");
    }
}
