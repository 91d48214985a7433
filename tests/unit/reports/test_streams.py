import io

from reports.streams import put_bytes, put_text


def test_bytes_reach_a_binary_stream_unchanged() -> None:
    out = io.BytesIO()
    put_bytes(out, "é\r\n".encode())
    assert out.getvalue() == "é\r\n".encode()


def test_bytes_pass_below_a_text_layer_that_would_change_them() -> None:
    below = io.BytesIO()
    out = io.TextIOWrapper(below, encoding="latin-1", newline="\r\n")
    out.write("first\n")
    put_bytes(out, "名\n".encode())
    assert below.getvalue() == b"first\r\n" + "名\n".encode()


def test_bytes_reach_a_text_buffer_as_text() -> None:
    out = io.StringIO(newline="")
    put_bytes(out, "é\r\n".encode())
    assert out.getvalue() == "é\r\n"


def test_text_reaches_every_kind_of_stream() -> None:
    binary, buffer = io.BytesIO(), io.StringIO()
    put_text(binary, "trail ✓\n")
    put_text(buffer, "trail ✓\n")
    assert binary.getvalue().decode() == buffer.getvalue() == "trail ✓\n"


def test_signs_that_an_encoding_lacks_become_plain_forms() -> None:
    below = io.BytesIO()
    out = io.TextIOWrapper(below, encoding="ascii", newline="\n")
    put_text(out, "trail ✓ → filter ✗ broken 名\n")
    out.flush()
    assert below.getvalue() == b"trail ok -> filter X broken \\u540d\n"
