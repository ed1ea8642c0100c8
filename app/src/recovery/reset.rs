use leptos::prelude::*;
use leptos_meta::Title;

use super::api::{CheckRecoveryLink, ResetPassword};
use crate::{
    AppError,
    form::{Act, Form},
    layout::fail_or,
    paths,
    reading::{read, show_either},
    ui::{Button, ButtonKind, EmptyState, IconName, LinkButton, PasswordField, PlainShell},
};

#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let link = read(|| CheckRecoveryLink {});
    view! {
        <PlainShell>
            {show_either(link, |link| match link {
                Err(AppError::NotFound) => view! { <DeadLink /> }.into_any(),
                link => fail_or(link, |token| view! { <ResetForm token /> }.into_any()),
            })}
        </PlainShell>
    }
}

#[component]
fn ResetForm(token: String) -> impl IntoView {
    view! {
        <Title text="Set a new password" />
        <h1>"Set a new password"</h1>
        <Form act={Act::of::<ResetPassword>()} refused="Your password was not changed">
            <input type="hidden" name="token" value=token />
            <PasswordField
                name="password"
                label="New password"
                required=true
                autocomplete="new-password"
                autofocus=true
                hint="At least 12 characters; several unrelated words are good. You are signed out everywhere else."
            />
            <Button kind=ButtonKind::Primary>"Save"</Button>
        </Form>
    }
    .into_any()
}

#[component]
fn DeadLink() -> impl IntoView {
    view! {
        <Title text="This link is not valid" />
        <EmptyState title="This link is not valid any more" icon=IconName::Warning whole_page=true>
            <p>"A link to set a new password is good for 10 minutes and works once. A newer one replaces it."</p>
            <LinkButton href=paths::FORGOT_PASSWORD kind=ButtonKind::Primary>
                "Ask for a new link"
            </LinkButton>
        </EmptyState>
    }
    .into_any()
}
