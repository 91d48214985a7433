"""The README inside every evidence bundle: how to check it with common tools, what each file is, what it proves."""

import textwrap

from reports.formats import FORMATS
from scanner.model import ExceptionsUsed

_CHECK = """\
1. CHECK THAT NOTHING WAS CHANGED

In the folder that holds bagit.txt:

    sha256sum -c manifest-sha256.txt
    sha256sum -c tagmanifest-sha256.txt

(on macOS: shasum -a 256 -c ...; on Windows, per file: Get-FileHash -Algorithm SHA256 FILE)

Every line must end in OK. These commands do not notice files that were added, so compare two numbers as well:

    find data -type f | wc -l
    wc -l < manifest-sha256.txt

The identity of the bundle is the SHA-256 of tagmanifest-sha256.txt: it covers every byte outside signatures/. Write it
down somewhere that the holder of the bundle cannot change, on the day you receive it.

A folder signatures/ is there when the bundle was signed. It holds what was signed with its signature, and the public
key. No manifest lists it, because a bundle may be signed after it was sealed. In a POSIX shell, with sed and openssl:

    E=signatures/bundle.dsse.json K=signatures/public-key.pem W=$(mktemp -d)
    sed -n 's/^  "payload": "\\([^"]*\\)",$/\\1/p' $E | openssl base64 -d -A > $W/statement
    sed -n 's/^ *"sig": "\\([^"]*\\)"$/\\1/p' $E | openssl base64 -d -A > $W/signature
    printf 'DSSEv1 28 application/vnd.in-toto+json %d ' $(wc -c < $W/statement) > $W/signed
    cat $W/statement >> $W/signed

then for an elliptic-curve key on P-256 ("Verified OK"), or for an Ed25519 key ("Signature Verified Successfully"):

    openssl dgst -sha256 -verify $K -signature $W/signature $W/signed
    openssl pkeyutl -verify -pubin -inkey $K -rawin -in $W/signed -sigfile $W/signature

Whose key is it? The file in this folder cannot tell: whoever writes a bundle can put a key and a signature there. Its
id must be the one that the signer gave you in another way, or set K to the public key that you have:

    openssl pkey -pubin -in $K -outform DER | openssl dgst -sha256

And the signed statement must be about this bundle: the next command prints a line. The statement also holds the result.

    grep -F $(sha256sum < tagmanifest-sha256.txt | cut -c 1-64) $W/statement

Where there is a signatures/bundle.tsr, a timestamp authority states a time at which the signature existed. With its
root certificate in the file ROOT, openssl ts -verify -in signatures/bundle.tsr -data $E -CAfile ROOT must say
"Verification: OK".
"""

_TAG_FILES = """\
    manifest-sha256.txt      SHA-256 of every file under data/
    tagmanifest-sha256.txt   SHA-256 of the three files above
"""


def _listed(name: str, contents: str) -> str:
    """A file of the bundle and what it is, as a paragraph of the list of files."""
    return textwrap.fill(contents, 120, initial_indent=f"    {name:24} ", subsequent_indent=" " * 29) + "\n"


_REPORTS = "".join(_listed(f"data/{each.sealed_as}", each.contents) for each in FORMATS.values() if each.sealed_as)

_CONTENT = """\
    data/rules/              the rules, exactly as used
    data/frameworks/         the frameworks, exactly as used: which control rests on which rules, and what they
                             leave to a person
    data/schemas/            the shapes of the JSON and YAML files
    data/parameters.json     every parameter in force and where its value came from: default (the rule's own), file or
                             flag (set when the rules were judged)
"""

_WAIVERS = """\
    data/waivers.yaml        failures that somebody accepts until a day, exactly as given. Their verdict stays fail
"""
_ATTESTATIONS = """\
    data/attestations.yaml   what people state of controls, exactly as given. Nobody checked it
"""
_BASELINE = """\
    data/baseline.json       failures that were known before, exactly as given. Nobody approved them
"""

_NO_SIGNATURE = """\
- A bundle without a signature shows accidental changes. Someone who can write to it can also write new manifests;
  only the identity noted elsewhere (section 1), a signature or write-once storage exposes that.
- A signature shows that the holder of a key signed these very bytes. It does not show that what they say is true, nor
  when they were signed: only a timestamp shows that they existed at some time.
"""

_NO_WHOLE_CONTROL = """\
- A rule that passes is not a judgement on a whole control, nor a control on a whole standard. The notes in
  data/frameworks/ say what each control leaves to a person.
"""

_DECLARED = """\
    data/declared-routes.yaml
                             the routes that the user declared, exactly as given. Who is said to look where they lead is
                             somebody's word and was not checked
"""

SCAN_README = f"""\
EVIDENCE BUNDLE

This folder (or archive) holds the recorded answers of read-only AWS API calls, the rules they were judged by, and
the assessment that resulted. It is a BagIt 1.0 bag (RFC 8493). Nothing in it needs Trailwitness to be read.


{_CHECK}
With Trailwitness, `trailwitness verify BUNDLE` does all of this, refuses added files, links and unsafe names, and
judges the recorded answers again with the rules inside: the assessment must come out the same, byte for byte.


2. WHAT EACH FILE IS

    bagit.txt                declares the BagIt version
    bag-info.txt             when and from which accounts this was collected, size and counts
{_TAG_FILES}\
    data/index.csv           every recorded call: evidence number, file, digest, account, Region, call, time,
                             AWS request ids, and the rules and controls that rest on it
    data/index.json          the same, for programs
{_REPORTS}\
    data/run.json            who collected, when, which accounts and Regions, which versions
    data/calls.jsonl         one line per call: arguments, start, the service's own date, request ids, pages, items,
                             digest of the answer, or the error
    data/raw/                the answers as AWS gave them: raw/ACCOUNT/REGION/SERVICE.OPERATION...json
{_CONTENT}

3. HOW TO FOLLOW A FINDING TO ITS EVIDENCE

A finding cites pointers such as EV-0007#/pages/0/trailList/0. Look EV-0007 up in data/index.csv, open the file named
there, and follow the path: first page of the answer, member trailList, first entry. The request ids of the call
name the same read call in the account's own CloudTrail log: a second source that does not pass through us.


4. THE WORDS

    pass             the rule was judged on this resource and holds
    fail             the rule was judged on this resource and does not hold
    unknown          it cannot be decided: a fact could not be collected, and a gap says why, or the facts leave it
                     open. The reason says what is missing. It is never counted as a pass
    not applicable   the rule does not concern this account or resource
    waived           the rule failed, and somebody accepted that until a day. The verdict stays fail
    manual           a control, or part of one, that a person has to judge
    attested         a person stated that a control, or a person's part of one, is met. Nobody checked that
    gap              a call that was refused, failed or was not made, an answer that is malformed, or a Region that was
                     left out, because it is not enabled for example
    route            the way of an event to whoever is told of it: trail, delivery, selectors, log group, metric filter,
                     alarm, actions, topic, subscription; or, through EventBridge, trail, selectors, rule, topic,
                     subscription. Each is a link with its own verdict
    lost             events that the rule asks for and that no working route carries
    witness          one lost event, as an example. It is made up: Trailwitness put it together to show that such an
                     event would be lost. Nobody did what it says, and it is not a record of this account. Reports
                     mark it as a made-up example, and the JSON with "synthetic": true
    nearest          where a broken route comes closest: the log group, filter or alarm to repair first
    assumption       what the verdict takes for granted about the events that CloudTrail writes


5. WHAT THIS DOES NOT PROVE

{_NO_SIGNATURE}\
- It shows the configuration at the time of collection. It does not show what was configured before or after.
- It does not prove that the collecting program or person was honest. The AWS request ids, and judging the recorded
  answers again, are the means to test that.
{_NO_WHOLE_CONTROL}\
- Accounts, Regions and calls outside the scope in data/run.json were not looked at.


6. CONFIDENTIALITY

The answers hold account ids, names and ARNs, policies and e-mail addresses of alarm subscribers. Keep the bundle as
confidential as the account's own configuration.
"""

SCAN_WITH_DECLARED_README = SCAN_README.replace(_CONTENT, f"{_CONTENT}{_DECLARED}")
"""That of a bundle whose scan was told of routes that the user declares."""

_LOGS_INSIDE = """\
This folder (or archive) holds log files with AWS CloudTrail records, the rules they were judged by, and the assessment
that resulted. It is a BagIt 1.0 bag (RFC 8493). Nothing in it needs Trailwitness to be read."""

_LOGS_OUTSIDE = """\
This folder (or archive) holds the assessment of log files with AWS CloudTrail records, the rules they were judged by,
and the SHA-256 of every log file. THE LOG FILES THEMSELVES ARE NOT INSIDE: whoever sealed the bundle left them out. It
is a BagIt 1.0 bag (RFC 8493). Nothing in it needs Trailwitness to be read."""

_VERIFY_INSIDE = """\
With Trailwitness, `trailwitness verify BUNDLE` does all of this, refuses added files, links and unsafe names, and
judges the log files again with the rules inside: the assessment must come out the same, byte for byte."""

_VERIFY_OUTSIDE = """\
This tells you that the result is as it was sealed, and nothing about the logs. Ask the holder for the log files that
data/index.csv names, and compare their SHA-256 with the one it states. With Trailwitness:

    trailwitness verify BUNDLE --logs FOLDER

finds each log file by its SHA-256, whatever it is called, and judges all of them again with the rules inside: the
assessment must come out the same, byte for byte. A log file that is missing, or was changed, is named. Without --logs
the command says that nothing was judged again."""

_PLACE_INSIDE = """\
    data/logs/               the logs, byte for byte as they were read and judged. They are named by their evidence
                             numbers, because the names they had may not be safe on every system. What lay in a zip
                             file is here as it was unpacked from it; of a log file too large to be read whole, the
                             part that was read
"""

_PLACE_REPLACED = """\
    data/logs/               the logs, each as a log file of the records that were read, in which values were replaced
                             by pseudonyms before they were judged and written (bag-info.txt says how many). Whoever
                             sealed them has the key; the same value has the same pseudonym everywhere. They are named
                             by their evidence numbers, because the names they had may not be safe on every system
"""

_OPEN_INSIDE = "open the file named there,"

_OPEN_OUTSIDE = "ask for the log named there,"

_CONFIDENTIAL_INSIDE = """\
The logs hold personal data: names, addresses, what people did and when, and what they passed to AWS. The assessment
repeats some of it. Keep the bundle as confidential as the logs themselves."""

_CONFIDENTIAL_OUTSIDE = """\
The assessment repeats parts of the logs, and they hold personal data: names, addresses, what people did and when. Keep
the bundle as confidential as the logs themselves."""

_LOG_WORDS = """\
4. THE WORDS

    pass             records were looked at, and none is what the rule forbids (or one is what it demands). A rule
                     that only lists records for review always passes
    fail             there are records that the rule forbids, or none that it demands
    unknown          records could not be read, and a gap says why, or there are none of the kind that the rule
                     judges by. The reason says which. It is never counted as a pass
    not applicable   the rule needs a setting that was not given
    manual           a control, or part of one, that a person has to judge
    gap              a log, or a part of one, that could not be read
"""


def _logs_readme(*, inside: bool) -> str:
    opened = _OPEN_INSIDE if inside else _OPEN_OUTSIDE
    return f"""\
EVIDENCE BUNDLE

{_LOGS_INSIDE if inside else _LOGS_OUTSIDE}


{_CHECK}
{_VERIFY_INSIDE if inside else _VERIFY_OUTSIDE}


2. WHAT EACH FILE IS

    bagit.txt                declares the BagIt version
    bag-info.txt             when and for which accounts the logs were judged, size and counts
{_TAG_FILES}\
    data/index.csv           every log that was read: evidence number, file in this bundle, digest, the name it had
                             (under arguments), time of reading, what could not be read, and the rules and controls
                             that rest on it
    data/index.json          the same, for programs
{_REPORTS}\
    data/run.json            what was asked for, by whom, when, and for which period of time
    data/logs.json           every log that was read, in order: the name it had, its file here, SHA-256 and size, or
                             why it could not be read
{_PLACE_INSIDE if inside else ""}\
{_CONTENT}

3. HOW TO FOLLOW A FINDING TO ITS EVIDENCE

A finding cites pointers such as EV-0007#/Records/12. Look EV-0007 up in data/index.csv, {opened}
unpack it (gunzip) if it is packed, and follow the path: member Records, entry 12, counted from 0. In logs of another
shape, such as one record per line, EV-0007#/12 is the record with the number 12, counted from 0.

The sums reconcile: under run.accounting in data/assessment.json, records read are events judged plus records that were
delivered again, and every log has its own line under run.sources.


{_LOG_WORDS}

5. WHAT THIS DOES NOT PROVE

{_NO_SIGNATURE}\
- It speaks of the records in these logs. It does not show that the logs are all there were, nor that nobody had changed
  them before they were read: CloudTrail's digest files are the means to test that.
- It does not prove that the program or person that read the logs was honest. The same log files in their bucket, and
  judging them again, are the means to test that.
{_NO_WHOLE_CONTROL}\
- Records outside the period in data/run.json were not judged.


6. CONFIDENTIALITY

{_CONFIDENTIAL_INSIDE if inside else _CONFIDENTIAL_OUTSIDE}
"""


LOGS_README = _logs_readme(inside=True)
"""That of a bundle that holds the logs."""

LOGS_LEFT_OUT_README = _logs_readme(inside=False)
"""That of one that holds their digests alone."""


_RAW = "the answers as AWS gave them: raw/ACCOUNT/REGION/SERVICE.OPERATION...json\n"
_REPLACED = """\
the answers: raw/ACCOUNT/REGION/SERVICE.OPERATION...json, as AWS gave them but for values that
                             were replaced by pseudonyms before they were written (bag-info.txt says how many). Whoever
                             collected has the key; the same value has the same pseudonym everywhere
"""


def with_redacted(readme: str) -> str:
    """The README of a bundle in which values were replaced by pseudonyms."""
    return readme.replace(_RAW, _REPLACED).replace(_PLACE_INSIDE, _PLACE_REPLACED)


_PERIOD = """\
    data/period/period.json      from when to when was assessed
    data/period/bundles.json     the bundles of the period; the newest is judged as configuration and lies in data/
    data/period/bundles/         the recorded answers of the others
    data/period/reviews/         the assessments of runs over log records that count as reviews, where there are some
    data/period/copy/            the log files and digest files as they were copied
    data/period/before/          those of the buckets that the trail delivered to before, where some were named
    data/period/public-keys.json the public keys and signatures that the digest files were proved with
    data/period/listing.json     the listing of the bucket, where one was given
    data/period/starts.json      approved beginnings of digest chains, where some were given
    data/period/statements.yaml  what people state of the period, where they do, exactly as given. Nobody checked it
    data/period/evidence.json    what all of these show of the period; the rules about it were judged by this
    data/period/replay.json      the records replayed through what is deployed, where that could be done
"""


def with_period(readme: str) -> str:
    """The README of a bundle that holds the evidence of a period as well."""
    return readme.replace(_CONTENT, f"{_PERIOD}{_CONTENT}")


def with_stated(readme: str, used: ExceptionsUsed) -> str:
    """The README of a bundle that holds what people stated beside the evidence, each file only where it was given."""
    given = (
        (_WAIVERS, bool(used.waivers)),
        (_ATTESTATIONS, bool(used.attestations)),
        (_BASELINE, used.baseline is not None),
    )
    lines = "".join(line for line, inside in given if inside)
    return readme.replace(_CONTENT, f"{_CONTENT}{lines}")
