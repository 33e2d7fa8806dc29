"""Files as answers: an attachment under its own name, a strict policy, no copy kept (T13, T15, T30)."""

from io import BytesIO

from flask import Response, send_file

from app.web.headers import FILE_POLICY

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"


def attachment(data: bytes, mimetype: str, file_name: str) -> Response:
    """A file to download; names with Chinese characters travel by RFC 5987."""
    return secured(
        send_file(BytesIO(data), mimetype, as_attachment=True, download_name=file_name, etag=False)
    )


def secured(answer: Response) -> Response:
    """What belongs to every answer that carries a file or its picture."""
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
