"""The proof of the send protocol: workers that die, answers that get lost, and an auditor that was not told how.

    faults.py       what can go wrong at a call, and which schedule makes it go wrong where
    workers.py      several workers in one process, switched only at calls, in an order that a seed decides
    simulation.py   the tables, the queues, SES and the time around the real dispatcher
    auditor.py      judges what is stored and what is in the mailbox, and nothing else
    guards.py       the same with one guard taken away: the auditor must notice

`python -m tests.proof SEED [GUARD]` replays one schedule and prints what happened.
"""
