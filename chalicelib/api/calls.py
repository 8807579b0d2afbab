"""The webhooks that leave: what they are signed with."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from chalicelib import wiring
from chalicelib.api.answers import Model
from chalicelib.api.http import Request, Routes
from chalicelib.messages import signing

SECRETS: Final = "webhooks:secret"

routes: Final = Routes("calls")


class SigningSecrets(Model):
    """The live secrets, newest first. While one is being turned there are two, and every call is signed by both."""

    secrets: list[str] = Field(description="As Standard Webhooks writes them: `whsec_` and base64.")


@routes.endpoint("GET", "/v1/webhooks/secret", scope=SECRETS, response=SigningSecrets)
def read_signing_secrets(request: Request) -> SigningSecrets:
    """The secrets with which receivers of webhooks verify that they come from here.

    Webhooks are signed by Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    """
    return SigningSecrets(
        secrets=[signing.shown(secret) for secret in wiring.perennial().secrets.named(signing.PURPOSE)]
    )
