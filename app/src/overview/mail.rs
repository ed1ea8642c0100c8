use leptos::prelude::*;

use super::api::{MailView, SendTestMail, get_mail_status};
use crate::{
    form::{Form, use_saves},
    layout::fail_or,
    list::When,
    ui::{Button, Card, KeyValue, KeyValues},
};

/// How mail is doing, and trying whether it works.
#[component]
pub(super) fn MailCard() -> impl IntoView {
    let saves = use_saves();
    let status = Resource::new_blocking(move || saves.0.get(), |_| get_mail_status());
    let action = ServerAction::<SendTestMail>::new();
    view! {
        <Card title="E-mail">
            <Transition>
                {move || Suspend::new(async move {
                    fail_or(status.await, |mail| view! { <Status mail /> }.into_any())
                })}
            </Transition>
            <Form action refused="Nothing was sent">
                <div>
                    <Button>"Send test e-mail"</Button>
                </div>
            </Form>
        </Card>
    }
    .into_any()
}

#[component]
fn Status(mail: MailView) -> impl IntoView {
    let server = mail.server.unwrap_or_else(|| {
        "None: mails are written as files into the data folder, and links are shown to be handed over.".to_owned()
    });
    let last_sent = match mail.last_sent {
        Some(shown) => view! { <When shown /> }.into_any(),
        None => "Never".into_any(),
    };
    view! {
        <KeyValues>
            <KeyValue label="Server">{server}</KeyValue>
            <KeyValue label="Last sent">{last_sent}</KeyValue>
            <KeyValue label="Last answer">{mail.last_answer.unwrap_or_else(|| "None yet".to_owned())}</KeyValue>
            <KeyValue label="Queued">{mail.queued}</KeyValue>
            <KeyValue label="Failed">{mail.failed}</KeyValue>
        </KeyValues>
    }
    .into_any()
}
