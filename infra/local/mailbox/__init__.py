"""A double of Amazon SES v2 for the local cloud: it takes SendEmail, keeps every message, shows them, and
tells what became of them. Beside it stand End User Messaging SMS and SNS's mobile push (telephone.py), and a
receiver of webhooks at /hooks/..., so that one page shows every channel.

The application reaches it through the ordinary endpoint variable of the SDK (``AWS_ENDPOINT_URL_SESV2``)
and cannot tell the difference: requests are checked as SES checks them, refused in SES's error shapes,
limited to a rate, and answered by events in SES's shapes on the SNS topic that the configuration set
names. It is a tool for development and tests and no part of the deployed package.

Its own routes, for the page and for tests (JSON; what changes something wants `Content-Type: application/json`):

GET    /_mailbox/messages?to=&tag=name:value&text=&before=&limit=    messages, newest first, and their count
DELETE /_mailbox/messages                                            forget them all
GET    /_mailbox/messages/{id}                                       one message whole, with events and links
GET    /_mailbox/messages/{id}/html                                  its HTML, under a policy that lets it do nothing
POST   /_mailbox/messages/{id}/events                                let something happen: {"kind": "Bounce", ...}
POST   /_mailbox/messages/{id}/unsubscribe                           one-click unsubscribe, as a mail client does it
GET    /_mailbox/settings, PUT                                       rates, quota, sandbox (settings.Settings)
GET    /_mailbox/faults, POST                                        {"throttle": 3}: what goes wrong next (FAULTS)
GET    /_mailbox/kept                                                what does not leave: tasks, on-site messages
GET    /_mailbox/health
"""
