"""A double of Amazon SES v2 for the local cloud: it takes SendEmail, keeps every message, shows them, and
tells what became of them.

The application reaches it through the ordinary endpoint variable of the SDK (``AWS_ENDPOINT_URL_SESV2``)
and cannot tell the difference: requests are checked as SES checks them, refused in SES's error shapes,
limited to a rate, and answered by events in SES's shapes on the SNS topic that the configuration set
names. It is a tool for development and tests and no part of the deployed package.
"""
