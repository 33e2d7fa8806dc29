"""The superusers' data console (D19): the business tables as they are stored, read only."""
