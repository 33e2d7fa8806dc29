"""The JSON API `/api/v1`: one module per noun over the same commands and queries as the pages.

`call` declares a call once: its right, what it takes and answers; `shapes` parses and describes the same thing,
so that the OpenAPI document cannot say anything else than the parser does.
"""
