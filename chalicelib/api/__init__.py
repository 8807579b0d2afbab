"""The HTTP API. Blueprints say what is asked and answered; no decision is made here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Chalice

if TYPE_CHECKING:  # the types only: functions that serve no HTTP import this package, and nothing in it
    from chalicelib.api.http import Endpoint, Routes


def subjects() -> tuple[Routes, ...]:
    """Everything that is served, by subject, in the order of the docs."""
    import chalicelib.api.censuses  # noqa: F401 its endpoints are added to those of reports
    from chalicelib.api.accounts import routes as accounts
    from chalicelib.api.audiences import routes as audiences
    from chalicelib.api.broadcasts import routes as broadcasts
    from chalicelib.api.browsers import routes as browsers
    from chalicelib.api.calls import routes as calls
    from chalicelib.api.consents import routes as consents
    from chalicelib.api.coupons import routes as coupons
    from chalicelib.api.customerio import routes as customerio
    from chalicelib.api.customers import routes as customers
    from chalicelib.api.definitions import routes as definitions
    from chalicelib.api.description import routes as description
    from chalicelib.api.dialects import routes as dialects
    from chalicelib.api.do_not_call import routes as do_not_call
    from chalicelib.api.doctor import routes as doctor
    from chalicelib.api.enrolments import routes as enrolments
    from chalicelib.api.events import routes as events
    from chalicelib.api.explain import routes as explanation
    from chalicelib.api.failures import routes as failures
    from chalicelib.api.identity import routes as identity
    from chalicelib.api.imports import routes as imports
    from chalicelib.api.jobs import routes as jobs
    from chalicelib.api.journeys import routes as journeys
    from chalicelib.api.keys import routes as keys
    from chalicelib.api.lifecycle import routes as lifecycle
    from chalicelib.api.onsite import routes as onsite
    from chalicelib.api.parked import routes as parked
    from chalicelib.api.permissions import routes as permissions
    from chalicelib.api.playbooks import routes as playbooks
    from chalicelib.api.privacy import routes as privacy
    from chalicelib.api.products import routes as products
    from chalicelib.api.recipients import routes as recipients
    from chalicelib.api.rehearsals import routes as rehearsals
    from chalicelib.api.reports import routes as reports
    from chalicelib.api.segments import routes as segments
    from chalicelib.api.senders import routes as senders
    from chalicelib.api.sending import routes as sending
    from chalicelib.api.settings import routes as settings
    from chalicelib.api.sources import routes as sources
    from chalicelib.api.suppressions import routes as suppressions
    from chalicelib.api.tasks import routes as tasks
    from chalicelib.api.templates import routes as templates
    from chalicelib.api.tracking import routes as tracking
    from chalicelib.api.webhooks import routes as webhooks

    return (
        tracking,
        broadcasts,
        browsers,
        onsite,
        dialects,
        customerio,
        webhooks,
        sources,
        events,
        parked,
        failures,
        doctor,
        customers,
        accounts,
        explanation,
        products,
        coupons,
        identity,
        consents,
        permissions,
        privacy,
        reports,
        lifecycle,
        definitions,
        segments,
        audiences,
        rehearsals,
        journeys,
        enrolments,
        templates,
        playbooks,
        tasks,
        do_not_call,
        sending,
        senders,
        suppressions,
        calls,
        settings,
        imports,
        jobs,
        keys,
        recipients,
        description,
    )


def endpoints() -> list[Endpoint]:
    """Every endpoint that is served."""
    return [endpoint for routes in subjects() for endpoint in routes.endpoints]


def register(app: Chalice) -> None:
    """Serve everything from the application's one HTTP Lambda."""
    for routes in subjects():
        app.register_blueprint(routes.blueprint)
