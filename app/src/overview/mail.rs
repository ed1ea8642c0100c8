use leptos::prelude::*;

use super::api::{GetMailStatus, MailView, SendTestMail};
use crate::{
    form::{Act, Form},
    list::When,
    reading::{follow, show},
    ui::{Button, Card, KeyValue, KeyValues},
};

/// How mail is doing, and trying whether it works.
#[component]
pub(super) fn MailCard() -> impl IntoView {
    let status = follow(|| GetMailStatus {});
    view! {
        <Card title="E-mail">
            {show(status, |mail| view! { <Status mail /> }.into_any())}
            <Form act={Act::of::<SendTestMail>()} refused="Nothing was sent">
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
