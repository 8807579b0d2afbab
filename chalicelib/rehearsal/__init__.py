"""Rehearsal: what a journey would have done, would do, or will do with somebody, on a virtual clock. Nothing is sent.

    plan.py      what is rehearsed, under which rules, from when until when
    known.py     what is stored of one customer, and when each event of it comes on the virtual clock
    standin.py   the customer's double, to whom things happen
    counting.py  events become the double's facts, stage and outbox       fold, advance, renewed
    family.py    ... and those of a visitor who turns out to be somebody   the rules of who belongs to whom
    entering.py  outboxes let the double into journeys, and onwards        decide, wakes, progressed
    calendar.py  schedules let the members of a segment in                 Schedule
    ledger.py    what is decided to be sent is asked for permission        permitted, and the ledger's own transitions
    clock.py     what comes next, and the loop over it
    diary.py     what happened, as values                                  words.py: in sentences
    rehearse.py  a whole life, or several from one moment on

    tally.py     sums over customers        overlaps.py, prices.py, report.py: what a backtest tells of them
    forecast.py  the next 30 days           foretelling.py: what one customer adds
    preview.py   one customer, step by step
    store.py     what is read for all of it, and everybody.py: who has a turn

The code on the right is the live code itself: nothing here decides anything about a customer. What stands in for the
tables, the queues and the clock is one Python object, so a rehearsal of a customer is a pure function of what is
stored. What may be asked of it (request.py) and what it cannot know is in docs/REHEARSAL.md.
"""
