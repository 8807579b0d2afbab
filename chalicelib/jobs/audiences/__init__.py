"""Audiences: segments as files of hashes that an advertising network matches with its users (docs/AUDIENCES.md).

audience.py    which segments, for which network, by what of a person
network.py     the columns that each network takes
normal.py      the one form of an address, a number, a name, before it is hashed
rows.py        a person as a row, and how two exports differ
asking.py      the same of each customer, with what tables hold beside
membership.py  who is in it, and why somebody is not
exports.py     what is asked of the job, and what may be compared
store.py       where audiences stand, and which export was the last
"""
