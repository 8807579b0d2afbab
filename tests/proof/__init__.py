"""The proof of the send protocol: workers that die, answers that get lost, and an auditor that was not told how.

    faults.py       what can go wrong at a call, and which schedule makes it go wrong where
    workers.py      several workers in one process, switched only at calls, in an order that a seed decides
    deliveries.py   queues, streams and the time between workers
    simulation.py   from the ledger to the mailbox: tables, SES and the workspace around the real dispatcher
    intake.py       from a website's post to the ledger: around the real stores, projector and journeys
    auditor.py      judges what is stored and what is in the mailbox, and nothing else
    guards.py       the same with one guard taken away: the auditor must notice
    exhaustive.py   every fault at every call, and at every two
    schedules.py    every schedule by its kind and seed
    moto.py         one message through botocore and moto, every request of which goes wrong
    cloud.py        `make prove-cloud`: the local cloud while its workers are killed
    prove.py        `make prove`: all of it; told.py writes the tables of docs/RELIABILITY.md

`python -m tests.proof KIND SEED [GUARD]` replays one schedule and prints what happened.
"""
