"""How pages look: paper by day, slate by night, plain on a printer. Colour always stands beside a word.

Rust speaks for a cause, blue against it, violet is unknown; green is kept for what has been verified.
``BASE`` and ``TABLES`` are shared with the reference on the web (``faultbook.site``), ``DIAGNOSIS`` is for what only a diagnosis shows; its
self-contained page has all three. ``VERIFIED`` is for what became of one later.
"""

from typing import Final

BASE: Final = """
:root{color-scheme:light dark;--sans:ui-sans-serif,system-ui,"Segoe UI","Helvetica Neue",Arial,sans-serif;
--head:"Iowan Old Style",Charter,"Palatino Linotype",Palatino,Georgia,serif;--mono:ui-monospace,"Cascadia Mono","SF Mono",Menlo,Consolas,monospace;
--paper:#fbfaf6;--card:#fff;--ink:#1c2127;--soft:#5b6570;--line:#e4dfd3;--rust:#b0421a;--rust-soft:#f6e3d9;
--blue:#2f6690;--blue-soft:#e1ecf4;--violet:#7046a8;--violet-soft:#ece5f6;--ochre:#94690b;--teal:#21716f;--plum:#8a2f5f;--grey:#7a828a}
@media (prefers-color-scheme:dark){:root{--paper:#14181d;--card:#1b2027;--ink:#e8e6df;--soft:#a2abb5;--line:#323a44;--rust:#ef8a5a;--rust-soft:#43281b;
--blue:#86bbe4;--blue-soft:#1d3142;--violet:#bf9df0;--violet-soft:#312743;--ochre:#dcb04e;--teal:#66c1bd;--plum:#e08db8;--grey:#939ba4}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 var(--sans);
font-variant-numeric:tabular-nums}
main{max-width:64rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1,h2,h3{font-family:var(--head);line-height:1.2;font-weight:600;text-wrap:balance}
h1{font-size:2.3rem;margin:0 0 .35rem;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.4rem;margin:3rem 0 .9rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1.08rem;margin:0 0 .25rem}
p{margin:.4rem 0}
a{color:inherit;text-decoration-color:var(--soft);text-underline-offset:.18em}
a:focus-visible{outline:2px solid var(--violet);outline-offset:2px}
code,.mono{font:.86em/1.5 var(--mono);overflow-wrap:anywhere}
.soft{color:var(--soft)}
.over{font-size:.82rem;letter-spacing:.08em;text-transform:uppercase;color:var(--soft);margin:0 0 .5rem}
.summary{font-size:1.15rem;max-width:46rem}
.badge{display:inline-block;padding:.08rem .6rem;border-radius:1rem;border:1px solid currentColor;font-size:.82rem;font-weight:600;white-space:nowrap}
.five{margin:1.6rem 0 0;padding:.4rem 1.25rem;background:var(--card);border:1px solid var(--line);border-radius:.7rem}
.five div{display:grid;grid-template-columns:6rem 1fr;gap:1rem;padding:.6rem 0;border-bottom:1px solid var(--line)}
.five div:last-child{border:0}
.five dt{color:var(--soft);font-size:.88rem;padding-top:.1rem}.five dd{margin:0;overflow-wrap:anywhere}
.cause{padding:1.1rem 0;border-bottom:1px solid var(--line)}
.cause:last-of-type{border:0}
.bar{display:block;width:100%;height:10px;margin:.45rem 0 .5rem}
.bar .rail{fill:var(--line)}.bar .fill{fill:var(--grey)}
.fix{background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:1.1rem 1.25rem;margin:1rem 0}
.fix ol{margin:.7rem 0;padding-left:1.4rem}.fix li{margin:.35rem 0;overflow-wrap:anywhere}
.fix dl{display:grid;grid-template-columns:6rem 1fr;gap:.2rem 1rem;margin:.6rem 0 0;font-size:.94rem}
.fix dt{color:var(--soft)}.fix dd{margin:0;overflow-wrap:anywhere}
.open{list-style:none;padding:0;margin:.4rem 0 1.2rem}.open li{padding:.2rem 0 .2rem 1.4rem;position:relative;overflow-wrap:anywhere}
.open li::before{content:"?";position:absolute;left:.2rem;color:var(--violet);font-weight:700}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.86rem}
@media (max-width:40rem){h1{font-size:1.7rem}.five div,.fix dl{grid-template-columns:1fr;gap:.1rem}}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc}body{font-size:10.5pt}main{max-width:none;padding:0}
.fix,.cause,tr{break-inside:avoid}h2,h3{break-after:avoid}a{text-decoration:none}}
"""

TABLES: Final = """
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th{text-align:left;white-space:nowrap;font-weight:600;color:var(--soft);font-size:.8rem}
th,td{padding:.45rem .8rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
"""

DIAGNOSIS: Final = """
.chip{font-size:.78rem;color:var(--soft);white-space:nowrap}
.established,.likely{color:var(--rust)}.undecided,.no-evidence{color:var(--violet)}
.leading .bar .fill{fill:var(--rust)}.bar .was{stroke:var(--ink);stroke-width:2}
.cite{font-size:.78rem;white-space:nowrap}
.note-box{border-left:3px solid var(--violet);padding:.3rem 0 .3rem .9rem;margin:1rem 0}
.hint{color:var(--violet);font-size:.94rem;margin:.2rem 0 .1rem;padding-left:1.4rem}
td.mono{white-space:nowrap}td.when{min-width:11.5rem}
tr:target td,li:target{background:var(--violet-soft)}
.check dl{display:grid;grid-template-columns:6rem 1fr;gap:.2rem 1rem;margin:.6rem 0 0;font-size:.94rem}.check dt{color:var(--soft)}.check dd{margin:0;overflow-wrap:anywhere}
.five .main dd{font-weight:600}
.cause header{display:grid;grid-template-columns:5.2rem minmax(0,1fr) auto;gap:.2rem 1rem;align-items:baseline}
.now{font-size:1.4rem;font-weight:600;text-align:right;line-height:1;white-space:nowrap}
.weak .now,.weak h3{color:var(--soft);font-weight:500}
.findings{list-style:none;margin:0;padding:0}
.findings li{display:grid;grid-template-columns:5.2rem 3.1rem minmax(0,1fr);gap:.1rem 1rem;padding:.22rem 0;font-size:.94rem;align-items:baseline}
.weight{text-align:right;font-weight:600}
.tag{font-size:.74rem;font-weight:600;text-align:center;border-radius:.3rem;padding:.06rem 0}
.yes .tag{background:var(--rust-soft);color:var(--rust)}.yes .weight{color:var(--rust)}
.no .tag{background:var(--blue-soft);color:var(--blue)}.no .weight{color:var(--blue)}
.unknown .tag{background:var(--violet-soft);color:var(--violet)}.unknown .weight{color:var(--violet)}
.uncounted{opacity:.68}.uncounted .weight{text-decoration:line-through;font-weight:400}
.findings .said{overflow-wrap:anywhere}
figure{margin:0;padding:1rem 1rem .5rem;background:var(--card);border:1px solid var(--line);border-radius:.7rem;overflow-x:auto}
figcaption{color:var(--soft);font-size:.88rem;padding:.3rem 0 .5rem}
.timeline{display:block;width:100%;min-width:44rem;height:auto;font:12px ui-sans-serif,system-ui,"Segoe UI",Arial,sans-serif}
.contrast{display:block;width:100%;min-width:40rem;height:auto;font:13px ui-sans-serif,system-ui,"Segoe UI",Arial,sans-serif}
.contrast text{fill:var(--soft)}.contrast .label{fill:var(--ink);font-weight:600}.contrast .note,.contrast .tick,.contrast .count{font-size:12px}
.contrast .grid{stroke:var(--line)}.contrast .rail{stroke:var(--line)}
.contrast .span{stroke-width:3;stroke-linecap:round}
.contrast .failing .span{stroke:var(--rust);opacity:.45}.contrast .failing circle{fill:var(--rust)}.contrast .failing .count{fill:var(--rust);font-weight:600}
.contrast .succeeding .span{stroke:var(--grey);opacity:.6}.contrast .succeeding circle{fill:var(--card);stroke:var(--grey);stroke-width:2}
.timeline .grid{stroke:var(--line)}.timeline .base,.timeline .rail{stroke:var(--line);stroke-width:1.5}
.timeline text{fill:var(--soft)}.timeline .label{fill:var(--ink)}.timeline .note{font-size:11px}.timeline .day{font-weight:600;fill:var(--ink)}
.timeline .band{fill:var(--rust);opacity:.16}.timeline .share{fill:none;stroke:var(--rust);stroke-width:2;stroke-linejoin:round}
.timeline .failed{fill:var(--rust)}.timeline .onset{fill:var(--ochre);opacity:.16}
.timeline .failure{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:4 4}
.timeline .mark.service{fill:var(--blue)}.timeline .mark.policy{fill:var(--ochre)}.timeline .mark.agent{fill:var(--teal)}
.timeline .mark.account{fill:var(--plum)}.timeline .mark.refresh{fill:var(--grey)}
.check{padding:.8rem 0;border-bottom:1px solid var(--line)}.check:last-of-type{border:0}
@media (max-width:40rem){.check dl{grid-template-columns:1fr;gap:.1rem}.cause header{grid-template-columns:4.6rem minmax(0,1fr)}.cause .chip{grid-column:2}.findings li{grid-template-columns:3.4rem 3rem minmax(0,1fr);gap:.1rem .5rem;padding:.4rem 0}.findings .said{grid-column:1/-1}.cite{white-space:normal}}
@media print{figure,.check{break-inside:avoid}.timeline{min-width:0}}
"""

STYLE: Final = BASE + TABLES + DIAGNOSIS

VERIFIED: Final = """
:root{--green:#2a6b3c}
@media (prefers-color-scheme:dark){:root{--green:#7fca96}}
.turned{list-style:none;margin:.4rem 0 0;padding:0}
.turned li{display:grid;grid-template-columns:7rem minmax(0,1fr);gap:.2rem 1.2rem;padding:.8rem 0;border-bottom:1px solid var(--line)}
.turned p{margin:.15rem 0}.turned .mark-word{font-weight:600}
.verified{color:var(--green)}.unchanged,.regressed{color:var(--rust)}.cannot-tell{color:var(--violet)}
"""
