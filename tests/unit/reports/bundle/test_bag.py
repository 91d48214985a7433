import pytest

from reports.bundle.bag import collisions, info_bytes, info_values, manifest_bytes, name_problem, parse_manifest

DIGEST = "0" * 64


@pytest.mark.parametrize(
    "name",
    ["bagit.txt", "data/raw/111122223333/us-east-1/logs.DescribeLogGroups.0123456789ab.json", "data/rules/a b/é.yaml"],
)
def test_good_names(name: str) -> None:
    assert name_problem(name) == ""


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("/etc/passwd", "absolute"),
        ("C:/x", "drive letter"),
        ("c:x", "drive letter"),
        ("data/../../x", "leads out"),
        ("..", "leads out"),
        ("", "empty"),
        ("data//x", "empty"),
        ("data/./x", "empty or '.'"),
        ("data/x/", "empty"),
        ("data\\..\\x", "character of"),
        ("data/x:stream", "character of"),
        ("data/50%25", "character of"),
        ("data/a\nb", "control"),
        ("data/a\x00b", "control"),
        ("data/\u202egnp.exe", "control"),
        ("data/\udc80", "control"),
        ("data/e\u0301", "normalization form C"),
        ("data/x.", "Windows"),
        ("data/x ", "Windows"),
        ("data/ x", "Windows"),
        ("data/NUL", "Windows"),
        ("data/com1.txt", "Windows"),
    ],
)
def test_bad_names(name: str, problem: str) -> None:
    assert problem in name_problem(name)


def test_names_that_are_one_file_elsewhere() -> None:
    assert collisions(["data/a", "data/b/c", "data/b/d"]) == []
    assert collisions(["data/A/x", "data/a/y", "data/Straße", "data/STRASSE"]) == [
        ("data/A", "data/a"),
        ("data/STRASSE", "data/Straße"),
    ]


def test_manifest_is_read_as_it_is_written() -> None:
    digests = {"data/é": DIGEST, "data/a": "f" * 64}
    assert parse_manifest(manifest_bytes(digests)) == (digests, [])
    assert manifest_bytes(digests).startswith(b"f" * 64 + b"  data/a\n")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "line 1 is not"),
        (f"{DIGEST}  data/a".encode(), "does not end with a line break"),
        (f"{DIGEST} data/a\n".encode(), "line 1 is not"),
        (f"{DIGEST} *data/a\n".encode(), "line 1 is not"),
        (f"{DIGEST}  data/a\r\n".encode(), "control or invisible"),
        (f"{DIGEST[1:]}  data/a\n".encode(), "line 1 is not"),
        (f"{'A' * 64}  data/a\n".encode(), "line 1 is not"),
        (f"{DIGEST}  data/a\n\n".encode(), "line 2 is not"),
        (f"{DIGEST}  data/a\n{'1' * 64}  data/a\n".encode(), "line 2 lists data/a a second time"),
        (f"{DIGEST}  ../a\n".encode(), "leads out"),
        (f"{DIGEST}  /a\n".encode(), "absolute"),
        (b"\xff\n", "not UTF-8"),
        (b"\xef\xbb\xbf" + f"{DIGEST}  data/a\n".encode(), "line 1 is not"),
    ],
)
def test_manifest_problems(data: bytes, problem: str) -> None:
    _, problems = parse_manifest(data)
    assert len(problems) == 1
    assert problem in problems[0]


def test_a_repeated_name_keeps_its_first_digest() -> None:
    data = f"{DIGEST}  data/a\n{'1' * 64}  data/a\n".encode()
    assert parse_manifest(data)[0] == {"data/a": DIGEST}


def test_no_value_begins_a_line_of_bag_info() -> None:
    data = info_bytes([("Findings", "x\nPayload-Oxum: 0.0"), ("Payload-Oxum", "1.1")])
    assert info_values(data, "Payload-Oxum") == ["1.1"]
    assert data.count(b"\n") == 2
