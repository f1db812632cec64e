"""Workers killed at random while half of all answers go wrong: nothing may be lost, nothing paid twice.

    python -m tests.torture --kills 1000 --database sqlite

The upstream lives in this process, survives every kill, and is the judge: it alone knows what was paid for.
"""
