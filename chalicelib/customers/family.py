"""Everything that one person is known as: the customer, and each subject that belongs to it."""

from __future__ import annotations

from chalicelib.customers.links.store import LinkStore
from chalicelib.customers.store import CustomerStore


def family(customer: str, customers: CustomerStore, links: LinkStore) -> list[str]:
    """The customer first, then those that were joined to it, directly or through another. Who claims to belong to it
    is a hint; to whom the subject's own item says that it belongs decides."""
    found = [customer]
    for subject in found:
        for source in links.node(subject).sources:
            if source not in found and customers.find(source).customer == customer:
                found.append(source)
    return found
