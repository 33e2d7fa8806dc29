"""What drivers say about rows, without their values."""


def leave_out_values(error: BaseException) -> tuple[str, str] | None:
    """Shorten what PostgreSQL said to what holds no values of rows; what was said and what is left of it.

    `hide_parameters` keeps ours out of messages; the server adds its own in DETAIL and CONTEXT, and where a
    value is malformed (SQLSTATE 22…) in the message itself. SQLite names columns only: None.
    """
    told = getattr(error, "diag", None)
    if told is None or told.message_primary is None:
        return None
    whole = str(error)
    short = type(error).__name__ if str(told.sqlstate).startswith("22") else str(told.message_primary)
    error.args = (short,)
    return whole, short
