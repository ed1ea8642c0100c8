use leptos::prelude::*;
use leptos_meta::Title;

use super::api::{
    BeginSecondFactor, ConfirmSecondFactor, OwnSecondFactor, SecondFactorState, SecondFactorView, TurnOffSecondFactor,
};
use crate::{
    form::{Act, Form, refused_at, use_revealed},
    list::When,
    paths,
    reading::{follow, show},
    session::use_session,
    ui::{Alert, Breadcrumb, Button, ButtonKind, Card, Crumb, LinkButton, PageHeader, PasswordField, TextField, Tone},
};

/// The own second factor. Who must have one and has none is led here from every other page.
#[component]
pub fn SecondFactorPage() -> impl IntoView {
    let reason = use_session().must_set_up_second_factor.then(|| {
        view! {
            <Alert tone=Tone::Warning title="Set up your second factor first">
                <p>"It is required of you here. You need an authenticator, an app on your phone for example."</p>
            </Alert>
        }
    });
    let found = follow(|| OwnSecondFactor {});
    view! {
        <Title text="Second factor" />
        <Breadcrumb crumbs=vec![Crumb::link("Account", paths::ACCOUNT), Crumb::here("Second factor")] />
        <PageHeader title="Second factor" />
        {reason}
        {show(found, |SecondFactorView { state, is_required }| match state {
            SecondFactorState::Off => view! { <SetUp /> }.into_any(),
            SecondFactorState::Begun { picture, secret } => {
                let scan = move || view! { <Scan picture=picture.clone() secret=secret.clone() /> }.into_any();
                view! { <Codes title="Authenticator" before=scan button="Turn on" /> }.into_any()
            }
            SecondFactorState::On { since, recovery_codes } => {
                let left = move || {
                    view! {
                        <p>
                            "On, since " <When shown=since.clone() /> ". You have "
                            <strong>{recovery_codes} " recovery codes"</strong>
                            " left. New ones take the place of all earlier ones."
                        </p>
                    }
                    .into_any()
                };
                view! {
                    <Codes title="Recovery codes" before=left button="Make new recovery codes" />
                    <TurnOff is_required />
                }
                .into_any()
            }
        })}
    }
}

#[component]
fn SetUp() -> impl IntoView {
    let given_up = refused_at(paths::SECOND_FACTOR)
        .map(|reason| view! { <Alert tone=Tone::Warning title="Nothing was set up"><p>{reason}</p></Alert> });
    view! {
        {given_up}
        <Card title="Set up">
            <p>
                "With a second factor, signing in asks for a code that your authenticator shows: an app on your phone, or \
                 a password manager. A stolen password alone then opens nothing."
            </p>
            <Form
                act={Act::of::<BeginSecondFactor>()}
                address=paths::SECOND_FACTOR_BEGIN
                refused="Nothing was set up"
            >
                <CurrentPassword />
                <div>
                    <Button kind=ButtonKind::Primary>"Set up"</Button>
                </div>
            </Form>
        </Card>
    }
}

#[component]
fn Scan(picture: String, secret: String) -> impl IntoView {
    view! {
        <p>"Scan this with your authenticator, then type the code that it shows."</p>
        <img class="c-picture" src=picture alt="QR code for your authenticator" width="200" height="200" />
        <p>"No camera? Type this as the key: " <code>{secret}</code></p>
    }
}

/// A form for a code, and what it yields: recovery codes, shown once.
#[component]
fn Codes(
    title: &'static str,
    before: impl Fn() -> AnyView + Send + Sync + 'static,
    button: &'static str,
) -> impl IntoView {
    view! {
        <Card title>
            <Form act={Act::of::<ConfirmSecondFactor>()} address=paths::SECOND_FACTOR refused="Nothing was changed">
                <CodesOrForm before=ViewFn::from(before) button />
            </Form>
        </Card>
    }
    .into_any()
}

#[component]
fn CodesOrForm(before: ViewFn, button: &'static str) -> impl IntoView {
    let revealed = use_revealed();
    move || match revealed.get() {
        Some(codes) => {
            let codes = codes
                .lines()
                .map(|code| view! { <li><code>{code.to_owned()}</code></li> })
                .collect_view();
            view! {
                <Alert tone=Tone::Success title="Keep these recovery codes">
                    <p>
                        "Each of them signs you in once, without your authenticator. They are not shown again: print them, \
                         or keep them in a password manager."
                    </p>
                    <ul class="c-codes">{codes}</ul>
                </Alert>
                <div>
                    // Loads the page anew: what may be opened is another now.
                    <a class="c-button c-button--primary" href=paths::ACCOUNT rel="external">
                        "I have kept them"
                    </a>
                </div>
            }
            .into_any()
        }
        None => view! {
            {before.run()}
            <TextField
                name="code"
                label="Code"
                required=true
                autocomplete="one-time-code"
                hint="The six digits that your authenticator shows."
            />
            <div>
                <Button kind=ButtonKind::Primary>{button}</Button>
            </div>
        }
        .into_any(),
    }
}

#[component]
fn TurnOff(is_required: bool) -> impl IntoView {
    let content = if is_required {
        view! { <p>"A second factor is required of you here, so it cannot be turned off."</p> }.into_any()
    } else {
        view! {
            <Form act={Act::of::<TurnOffSecondFactor>()} address=paths::SECOND_FACTOR_OFF refused="It is still on">
                <CurrentPassword />
                <div class="l-row">
                    <Button kind=ButtonKind::Danger>"Turn off"</Button>
                    <LinkButton href=paths::ACCOUNT>"Cancel"</LinkButton>
                </div>
            </Form>
        }
        .into_any()
    };
    view! { <Card title="Turn off">{content}</Card> }
}

#[component]
pub(super) fn CurrentPassword(#[prop(optional)] autofocus: bool) -> impl IntoView {
    view! {
        <PasswordField
            name="current_password"
            label="Current password"
            required=true
            autofocus
            autocomplete="current-password"
        />
    }
}
