"""Prices for tests, from the parts that studios publish most."""

from decimal import Decimal

from studio.contract.published_price import Price, Row, when


def exact(amount):
    return Decimal(str(amount))


def a_price(
    published="",
    base=None,
    per_second=None,
    per_second_by_quality=None,
    by_duration=None,
    by_quality=None,
    sound=None,
    sound_per_second=None,
    minimum=None,
    table=None,
):
    """``table`` is from (quality, seconds, sound) to credits; None in a key stands for any."""
    rows = [
        *one((), base),
        *one((), per_second, per_second=True),
        *(
            row
            for key, amount in (by_duration or {}).items()
            for row in one(when(duration_seconds=key), amount)
        ),
        *(row for key, amount in (by_quality or {}).items() for row in one(when(quality_mode=key), amount)),
        *(
            row
            for key, amount in (per_second_by_quality or {}).items()
            for row in one(when(quality_mode=key), amount, per_second=True)
        ),
        *(row for key, amount in (table or {}).items() for row in one(cell(*key), amount)),
    ]
    loud = when(sound=True)
    extras = [*one(loud, sound), *one(loud, sound_per_second, per_second=True)]
    return Price(published, tuple(rows), tuple(extras), tuple(one((), minimum)))


def one(choices, amount, per_second=False):
    return [] if amount is None else [Row(choices, exact(amount), per_second)]


def cell(quality, seconds, sound):
    said = {"quality_mode": quality, "duration_seconds": seconds, "sound": sound}
    return when(**{name: value for name, value in said.items() if value is not None})


def figure_of(rows, choices=(), per_second=False):
    return next((row.amount for row in rows if row.when == choices and row.per_second == per_second), None)


def by(rows, name, per_second=False):
    """The rows about nothing but one parameter: value → amount."""
    return {
        row.when[0][1]: row.amount
        for row in rows
        if row.per_second == per_second and len(row.when) == 1 and row.when[0][0] == name
    }
