//! A form has one way in with two doors: a server function, and without script a POST on the page's own address. Both
//! parse the same struct and call the same body; this is what they share, and the browser's half.

use std::collections::BTreeMap;

use leptos::context::Provider;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use serde::{Deserialize, Serialize};
use web_sys::{FormData, SubmitEvent};

use crate::{
    AppError,
    compact::share,
    paths,
    ui::{Alert, FormContext, LinkButton, ToastAction, ToastSender, Tone, begin_in_dialog, focus_first_error},
    wire,
};

/// What a form's act has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Where to go on. None: the form's own page shows `reveal`.
    pub location: Option<String>,
    /// It is a list: it keeps its query, or the form leads back to the page of this object (empty: there is none) if it
    /// was opened there.
    pub over_list: Option<String>,
    /// Said in a toast.
    pub message: String,
    /// An address that the toast leads to, with its label.
    pub link: Option<(String, String)>,
    /// Loads the page anew, because somebody else is signed in now.
    pub reload: bool,
    /// What is shown once and never again.
    pub reveal: Option<String>,
}

impl Done {
    /// Back to a list with the query that it had.
    pub fn back_to(list: &str, message: impl Into<String>) -> Self {
        Self::back_to_either(list, "", message)
    }

    /// Back to a list with the query that it had, or to the object's own page if the form was opened there.
    pub fn back_to_either(list: &str, object: &str, message: impl Into<String>) -> Self {
        Self {
            location: Some(list.to_owned()),
            over_list: Some(object.to_owned()),
            message: message.into(),
            ..Self::default()
        }
    }

    /// On to another page.
    pub fn on_to(location: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            location: Some(location.into()),
            message: message.into(),
            ..Self::default()
        }
    }

    /// On to another page that is loaded anew.
    pub fn reload(location: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            location: Some(location.into()),
            message: message.into(),
            reload: true,
            ..Self::default()
        }
    }

    /// Stays, and shows a secret once.
    pub fn reveal(secret: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            reveal: Some(secret.into()),
            message: message.into(),
            ..Self::default()
        }
    }

    pub fn with_link(self, label: &str, href: String) -> Self {
        Self {
            link: Some((label.to_owned(), href)),
            ..self
        }
    }

    /// Where to go, for a form on an address with this query.
    pub fn target(&self, search: &str) -> Option<String> {
        let location = self.location.as_ref()?;
        Some(match &self.over_list {
            Some(object) => paths::behind(location, Some(object.as_str()).filter(|id| !id.is_empty()), search),
            None => location.clone(),
        })
    }
}

/// What a POST without script leaves for the page that is rendered again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The path that it was posted to: a page may have several forms, and only one of them was sent.
    pub path: String,
    /// What was typed, but for passwords and codes to sign in.
    pub values: BTreeMap<String, String>,
    pub outcome: Option<Result<Done, AppError>>,
    /// What a POST has done that led to this page.
    pub said: Option<String>,
}

/// What was posted, if the page came back from a POST without script. It is read once at the root: what forms within
/// read themselves would depend on how often the server built them.
#[derive(Clone, Copy)]
struct PostedHere(StoredValue<Posted>);

/// Provides what was posted to all forms below, and says what a POST has done that led here.
pub fn provide_posted(toasts: ToastSender) {
    let posted = share(posted_before);
    if let Some(said) = &posted.said {
        toasts.push(Tone::Success, said, None);
    }
    provide_context(PostedHere(StoredValue::new(posted)));
}

fn posted_before() -> Posted {
    #[cfg(feature = "ssr")]
    return Posted {
        said: crate::server::take_said(),
        ..use_context().unwrap_or_default()
    };
    #[cfg(not(feature = "ssr"))]
    Posted::default()
}

/// Whether a form on the page that is rendered again has taken what was posted to it.
#[cfg(feature = "ssr")]
#[derive(Clone, Default)]
pub struct Taken(pub std::sync::Arc<std::sync::atomic::AtomicBool>);

/// What was posted in vain, because the session had ended meanwhile, or lets nothing be done any more but one thing.
pub fn posted_in_vain() -> Option<Posted> {
    let PostedHere(here) = use_context::<PostedHere>()?;
    let posted = here.get_value();
    matches!(
        posted.outcome,
        Some(Err(AppError::Unauthenticated
            | AppError::PasswordChangeRequired
            | AppError::SecondFactorRequired))
    )
    .then_some(posted)
}

/// Why nothing came of what was posted to a form that does not stand on the page any more.
pub fn refused_at(path: &str) -> Option<String> {
    let refused = posted_to(path).outcome?.err()?;
    Some(refused.to_string())
}

/// What was posted to this path. In the browser the first form takes it: opened again later it is fresh.
fn posted_to(path: &str) -> Posted {
    let Some(PostedHere(here)) = use_context::<PostedHere>() else {
        return Posted::default();
    };
    let posted = here.get_value();
    if posted.outcome.is_none() || posted.path != path {
        return Posted::default();
    }
    #[cfg(feature = "ssr")]
    if let Some(Taken(taken)) = use_context() {
        taken.store(true, std::sync::atomic::Ordering::Relaxed);
    }
    if cfg!(not(feature = "ssr")) {
        here.set_value(Posted::default());
    }
    posted
}

/// Counts what was saved: lists fetch again when it changes.
#[derive(Clone, Copy)]
pub struct Saves(pub RwSignal<u32>);

/// The saves of this page; a resource that reads them is fetched again after each.
pub fn use_saves() -> Saves {
    use_context::<Saves>().unwrap_or_else(|| Saves(RwSignal::new(0)))
}

/// What a form's fields and its revealed secret read.
#[derive(Clone, Copy)]
pub struct FormOutcome {
    pub outcome: Signal<Option<Result<Done, AppError>>>,
}

/// What a form does when it is sent: the address of a server function.
#[derive(Clone, Copy)]
pub struct Act(&'static str);

impl Act {
    pub fn of<S: ServerFn<Output = Done, Error = AppError>>() -> Self {
        Self(S::PATH)
    }
}

/// A form for a server function. Its fields are the function's arguments.
#[component]
pub fn Form(
    act: Act,
    /// The words of the alert's heading where the act is refused.
    #[prop(default = "This was not saved")]
    refused: &'static str,
    /// Where it posts without script, if not to its own page's address.
    #[prop(optional, into)]
    address: Option<String>,
    children: Children,
) -> impl IntoView {
    let address = address.unwrap_or_else(own_address);
    let Posted { values, outcome, .. } = posted_to(paths::without_query(&address));
    let (outcome, pending) = (RwSignal::new(outcome), RwSignal::new(false));
    let errors = Signal::derive(move || match outcome.get() {
        Some(Err(AppError::Invalid(errors))) => errors
            .0
            .into_iter()
            .map(|(field, problem)| (field, problem.to_string()))
            .collect(),
        Some(Err(error @ AppError::AlreadyInvited { .. })) => BTreeMap::from([("email".to_owned(), error.to_string())]),
        _ => BTreeMap::new(),
    });
    let context = FormContext {
        values: StoredValue::new(values),
        errors,
        pending: pending.into(),
    };
    let form = NodeRef::<leptos::html::Form>::new();
    form.on_load(begin_in_dialog);
    go_on_when_done(outcome.into(), form);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let fields = form
            .get_untracked()
            .and_then(|form| FormData::new_with_form(&form).ok());
        let Some(fields) = fields.filter(|_| !pending.get_untracked()) else {
            return;
        };
        pending.set(true);
        leptos::task::spawn_local(async move {
            let answer = wire::post(act.0, &fields).await;
            // The form may be gone by now.
            pending.try_set(false);
            outcome.try_set(Some(answer));
        });
    };
    view! {
        <form node_ref=form class="c-form" method="post" action=address novalidate on:submit=submit>
            {move || outcome.get().and_then(Result::err).map(|error| refusal(error, refused))}
            // Provided to what is inside alone: a page may have several forms.
            <Provider value=context>
                <Provider value=FormOutcome { outcome: outcome.into() }>{children()}</Provider>
            </Provider>
        </form>
    }
    .into_any()
}

/// The form posts to the address of its own page, query included.
fn own_address() -> String {
    let location = use_location();
    paths::with_query(&location.pathname.get_untracked(), &location.search.get_untracked())
}

/// After success: the toast, the lists, and the way on. After a refusal: the first wrong field.
fn go_on_when_done(outcome: Signal<Option<Result<Done, AppError>>>, form: NodeRef<leptos::html::Form>) {
    let (navigate, location) = (use_navigate(), use_location());
    let (saves, toasts) = (use_saves(), use_context::<ToastSender>());
    // What the server rendered was said by the server: only answers that come later count here.
    Effect::new(move |before: Option<()>| {
        let outcome = outcome.get();
        if before.is_none() {
            return;
        }
        match outcome {
            Some(Ok(done)) => {
                let target = done.target(&location.search.get_untracked());
                if done.reload {
                    if !done.message.is_empty() {
                        ToastSender::push_after_reload(&done.message);
                    }
                    let _ = window().location().assign(target.as_deref().unwrap_or(paths::HOME));
                    return;
                }
                if let Some(toasts) = toasts.filter(|_| !done.message.is_empty()) {
                    let link = done.link.map(|(label, href)| ToastAction::Link { label, href });
                    toasts.push(Tone::Success, done.message, link);
                }
                let saved = move || saves.0.update(|saves| *saves += 1);
                // A list that is read anew takes what lies in it away, and a secret is shown only once.
                if done.reveal.is_some() {
                    on_cleanup(saved);
                } else {
                    saved();
                }
                if let Some(target) = target {
                    navigate(
                        &target,
                        NavigateOptions {
                            scroll: false,
                            // Back does not open the dialog again.
                            replace: done.over_list.is_some(),
                            ..NavigateOptions::default()
                        },
                    );
                }
            }
            Some(Err(AppError::Invalid(_) | AppError::AlreadyInvited { .. })) => {
                if let Some(form) = form.get_untracked() {
                    focus_first_error(form);
                }
            }
            _ => {}
        }
    });
}

/// Why nothing was saved, over the fields.
fn refusal(error: AppError, title: &'static str) -> AnyView {
    match error {
        // Said beside the fields.
        AppError::Invalid(_) => ().into_any(),
        AppError::Changed { fields, .. } => {
            let same = fields.is_empty();
            let fields = fields
                .into_iter()
                .map(|(label, value)| {
                    let value = if value.is_empty() { "(empty)".to_owned() } else { value };
                    view! { <li><strong>{label}</strong>": "{value}</li> }
                })
                .collect_view();
            let text = if same {
                "Somebody else saved the same values meanwhile. Save again to keep yours, or cancel."
            } else {
                "Somebody else changed it since you opened this form. Now it says:"
            };
            let advice = (!same).then_some("Save again to put your values in their place, or cancel to keep theirs.");
            view! {
                <Alert tone=Tone::Warning title="Changed meanwhile">
                    <p>{text}</p>
                    <ul>{fields}</ul>
                    {advice.map(|advice| view! { <p>{advice}</p> })}
                </Alert>
            }
            .into_any()
        }
        AppError::Unauthenticated => view! {
            <Alert tone=Tone::Warning title="Your session has ended">
                <p>
                    "Nothing you typed is lost. "
                    <a href=paths::SIGN_IN target="_blank">
                        "Sign in in a new tab"
                    </a>
                    ", then come back and save again."
                </p>
            </Alert>
        }
        .into_any(),
        AppError::AlreadyInvited { invitation } => {
            let resend = paths::act(paths::INVITATIONS, &invitation.to_string(), "resend");
            view! {
                <Alert tone=Tone::Warning title="Already invited">
                    <p>"The invitation that is pending can be sent again, with a new link."</p>
                    <LinkButton href=resend small=true>
                        "Resend"
                    </LinkButton>
                </Alert>
            }
            .into_any()
        }
        other => view! {
            <Alert tone=Tone::Danger title=title>
                <p>{other.to_string()}</p>
            </Alert>
        }
        .into_any(),
    }
}

/// A hidden field with the version that the form was opened with; after a conflict the one to save over.
#[component]
pub fn VersionField(version: i64) -> impl IntoView {
    let outcome = use_context::<FormOutcome>().map(|form| form.outcome);
    let version = move || match outcome.and_then(|outcome| outcome.get()) {
        Some(Err(AppError::Changed { version, .. })) => version.to_string(),
        _ => version.to_string(),
    };
    view! { <input type="hidden" name="version" prop:value=version value=version /> }
}

/// What the act revealed, if it did.
pub fn use_revealed() -> Signal<Option<String>> {
    let outcome = use_context::<FormOutcome>().map(|form| form.outcome);
    Signal::derive(move || {
        outcome
            .and_then(|outcome| outcome.get())
            .and_then(Result::ok)
            .and_then(|done| done.reveal)
    })
}
