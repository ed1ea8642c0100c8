use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::api::{ResetPassword, check_recovery_link};
use crate::{
    AppError,
    form::Form,
    layout::fail_or,
    paths,
    ui::{Button, ButtonKind, EmptyState, IconName, LinkButton, PasswordField, PlainShell},
};

#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let params = use_params_map();
    let token = move || params.with(|params| params.get("token").unwrap_or_default());
    let link = Resource::new_blocking(token, check_recovery_link);
    view! {
        <PlainShell>
            <Suspense>
                {move || Suspend::new(async move {
                    match link.await {
                        Err(AppError::NotFound) => view! { <DeadLink /> }.into_any(),
                        link => fail_or(link, |()| view! { <ResetForm token=token() /> }.into_any()),
                    }
                })}
            </Suspense>
        </PlainShell>
    }
}

#[component]
fn ResetForm(token: String) -> impl IntoView {
    let action = ServerAction::<ResetPassword>::new();
    view! {
        <Title text="Set a new password" />
        <h1>"Set a new password"</h1>
        <Form action refused="Your password was not changed">
            <input type="hidden" name="token" value=token />
            <PasswordField
                name="password"
                label="Password"
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
        <EmptyState title="This link is not valid any more" icon=IconName::Warning>
            <p>"A link to set a new password is good for 10 minutes and works once. A newer one replaces it."</p>
            <LinkButton href=paths::FORGOT_PASSWORD kind=ButtonKind::Primary>
                "Ask for a new link"
            </LinkButton>
        </EmptyState>
    }
    .into_any()
}
