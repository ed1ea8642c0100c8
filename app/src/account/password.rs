use leptos::prelude::*;
use leptos_meta::Title;

use super::api::ChangePassword;
use crate::{
    form::{Act, Form},
    paths,
    session::use_session,
    ui::{Alert, Breadcrumb, Button, ButtonKind, Card, Crumb, LinkButton, PageHeader, PasswordField, Tone},
};

/// The own password. Who has one that somebody else set is led here from every other page.
#[component]
pub fn PasswordPage() -> impl IntoView {
    let is_forced = use_session().must_change_password;
    let way_back = (!is_forced).then(|| {
        let crumbs = vec![Crumb::link("Account", paths::ACCOUNT), Crumb::here("Password")];
        view! { <Breadcrumb crumbs /> }
    });
    let reason = is_forced.then(|| {
        view! {
            <Alert tone=Tone::Warning title="Change your password first">
                <p>"Somebody else has set your password. Choose your own to go on."</p>
            </Alert>
        }
    });
    let cancel = (!is_forced).then(|| view! { <LinkButton href=paths::ACCOUNT>"Cancel"</LinkButton> });
    view! {
        <Title text="Change password" />
        {way_back}
        <PageHeader title="Change password" />
        {reason}
        <Card title="Password">
            <Form act={Act::of::<ChangePassword>()} refused="Your password was not changed">
                <PasswordField
                    name="current_password"
                    label="Current password"
                    required=true
                    autocomplete="current-password"
                    autofocus=true
                />
                <PasswordField
                    name="new_password"
                    label="New password"
                    required=true
                    autocomplete="new-password"
                    hint="At least 12 characters; several unrelated words are good. You are signed out everywhere else."
                />
                <div class="l-row">
                    <Button kind=ButtonKind::Primary>"Save"</Button>
                    {cancel}
                </div>
            </Form>
        </Card>
    }
}
