"""Files of every kind that people and attackers upload."""

import zlib
from io import BytesIO

import pikepdf
from PIL import Image


def picture(
    size: tuple[int, int] = (900, 1200),
    kind: str = "JPEG",
    *,
    mode: str = "RGB",
    seed: int = 1,
    **options: object,
) -> bytes:
    """A picture whose content depends on `seed`."""
    grain = Image.frombytes("L", (64, 64), bytes((x * seed * 7 + x // 64 * 13) % 256 for x in range(4096)))
    buffer = BytesIO()
    grain.resize(size).convert(mode).save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def pdf(pages: int = 1, **saving: object) -> bytes:
    """A PDF with empty A4 pages."""
    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(595, 842))
    buffer = BytesIO()
    made.save(buffer, **saving)  # type: ignore[arg-type]
    return buffer.getvalue()


def locked_pdf() -> bytes:
    """A PDF that opens with a password only."""
    return pdf(encryption=pikepdf.Encryption(owner="o", user="u"))


def scripted_pdf() -> bytes:
    """A PDF with everything that must not be delivered: script, actions, attachment, form, link."""
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(595, 842))
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    made.Root.OpenAction = script
    made.Root.AA = pikepdf.Dictionary(WC=script)
    made.Root.AcroForm = pikepdf.Dictionary(XFA=made.make_stream(b"<xdp/>"))
    made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=[pikepdf.String("a"), script]))
    made.attachments["evil.exe"] = b"MZ"
    page.obj.AA = pikepdf.Dictionary(O=script)
    launch = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
        A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe"),
    )  # fmt: skip
    page.obj.Annots = pikepdf.Array([made.make_indirect(launch)])
    buffer = BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def flate_bomb() -> bytes:
    """A PDF of a few hundred kB whose page stream unpacks to 300 MB."""
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(595, 842))
    packed = zlib.compress(b" " * 300_000_000, 9)
    page.obj.Contents = pikepdf.Stream(made, packed, Filter=pikepdf.Name.FlateDecode)
    buffer = BytesIO()
    made.save(buffer, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return buffer.getvalue()


def photo_with_place() -> bytes:
    """A photo lying on its side that says where it was taken."""
    image = Image.new("RGB", (400, 200), "white")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    buffer = BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def animation() -> bytes:
    """A moving PNG."""
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    return buffer.getvalue()
