"""How the page looks, by day and by night."""

STYLE = """
:root{color-scheme:light dark;--paper:#fbfaf7;--ink:#23211d;--soft:#6b675e;--line:#e2ded3;--card:#fff;
--sent:#2f6f73;--skipped:#d9a441;--entered:#8c3b4a;--bar:#c9dedd}
@media(prefers-color-scheme:dark){:root{--paper:#171614;--ink:#ece8df;--soft:#a29c8f;--line:#35322c;--card:#1f1d1a;
--sent:#62b0b3;--skipped:#d6a64f;--entered:#e08a99;--bar:#2c4647}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:54rem;margin:0 auto;padding:2.5rem 1.25rem 5rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 .75rem;letter-spacing:-.01em}
h2{font-size:1.25rem;margin:0 0 .35rem}
p{margin:.35rem 0 .75rem;max-width:46rem}
a{color:inherit}
.note,.legend{color:var(--soft);font-size:.9rem}
table{width:100%;border-collapse:collapse;margin:1.25rem 0;font-size:.95rem;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600}
thead th{color:var(--soft);font-weight:500;font-size:.85rem;border-bottom:1px solid var(--line)}
td,th{padding:.3rem .5rem .3rem 0;vertical-align:top}
tbody tr+tr>*{border-top:1px solid var(--line)}
.number{text-align:right}
.quiet,.none{color:var(--soft)}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.25rem 1.4rem;margin:1.25rem 0}
svg{display:block;width:100%;height:auto;margin:.75rem 0}
.axis{font-size:11px;fill:var(--soft)}
.grid{stroke:var(--line)}
rect.sent{fill:var(--sent)}rect.skipped{fill:var(--skipped)}rect.hit{fill:transparent}
.entered{fill:none;stroke:var(--entered);stroke-width:1.6;stroke-linejoin:round}
.key{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin:0 .35rem 0 .9rem;vertical-align:-.05rem}
.key:first-child{margin-left:0}
.key.sent{background:var(--sent)}.key.skipped{background:var(--skipped)}
.key.line{height:0;border-top:2px solid var(--entered);vertical-align:.25rem}
.steps{margin:.75rem 0;font-size:.9rem}
.steps th{font-weight:500;white-space:nowrap}.steps td:nth-child(2){color:var(--soft);white-space:nowrap}
.steps td:last-child{color:var(--soft)}
.bar{width:30%}.bar span{display:block;height:.75rem;margin-top:.4rem;background:var(--bar);border-radius:2px}
ul{margin:.5rem 0 0;padding-left:1.1rem;font-size:.95rem}
code{font-size:.92em}
@media(max-width:40rem){td.bar,.steps td:nth-child(2){display:none}table{font-size:.85rem}section{padding:1rem}}
"""
