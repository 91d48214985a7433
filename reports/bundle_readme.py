"""The README inside every evidence bundle: how to check it with common tools, what each file is, what it proves."""

README = """\
EVIDENCE BUNDLE

This folder (or archive) holds the recorded answers of read-only AWS API calls, the rules they were judged by, and
the assessment that resulted. It is a BagIt 1.0 bag (RFC 8493). Nothing in it needs Trailwitness to be read.


1. CHECK THAT NOTHING WAS CHANGED

In the folder that holds bagit.txt:

    sha256sum -c manifest-sha256.txt
    sha256sum -c tagmanifest-sha256.txt

(on macOS: shasum -a 256 -c ...; on Windows, per file: Get-FileHash -Algorithm SHA256 FILE)

Every line must end in OK. These commands do not notice files that were added, so compare two numbers as well:

    find data -type f | wc -l
    wc -l < manifest-sha256.txt

The identity of the bundle is the SHA-256 of tagmanifest-sha256.txt: it covers every byte. Write it down somewhere
that the holder of the bundle cannot change, on the day you receive it.

With Trailwitness, `trailwitness verify BUNDLE` does all of this, refuses added files, links and unsafe names, and
judges the recorded answers again with the rules inside: the assessment must come out the same, byte for byte.


2. WHAT EACH FILE IS

    bagit.txt                declares the BagIt version
    bag-info.txt             when and from which accounts this was collected, size and counts
    manifest-sha256.txt      SHA-256 of every file under data/
    tagmanifest-sha256.txt   SHA-256 of the three files above
    data/index.csv           every recorded call: evidence number, file, digest, account, Region, call, time,
                             AWS request ids, and the rules and controls that rest on it
    data/index.json          the same, for programs
    data/assessment.json     the result: findings, controls, gaps, rules, evidence. All reports repeat it
    data/summary.txt         the result for a reader
    data/findings.csv        one row a finding, for a spreadsheet
    data/junit.xml           one test case a finding, for a CI server
    data/run.json            who collected, when, which accounts and Regions, which versions
    data/calls.jsonl         one line a call: arguments, start, the service's own date, request ids, pages, items,
                             digest of the answer, or the error
    data/raw/                the answers as AWS gave them: raw/ACCOUNT/REGION/SERVICE.OPERATION...json
    data/rules/              the rules, exactly as used
    data/frameworks/         the frameworks, exactly as used: which control rests on which rules, and what they
                             leave to a person
    data/schemas/            the shapes of the JSON and YAML files
    data/parameters.json     every parameter in force and where its value came from


3. HOW TO FOLLOW A FINDING TO ITS EVIDENCE

A finding cites pointers such as EV-0007#/pages/0/trailList/0. Look EV-0007 up in data/index.csv, open the file named
there, and follow the path: first page of the answer, member trailList, first entry. The request ids of the call
name the same read call in the account's own CloudTrail log: a second witness that does not pass through us.


4. THE WORDS

    pass             the rule was judged on this resource and holds
    fail             the rule was judged on this resource and does not hold
    unknown          a fact could not be had; the reason and the gap say why. It is never counted as a pass
    not applicable   the rule does not concern this account or resource
    manual           a control, or part of one, that a person has to judge
    gap              a call that was refused, failed or was not made


5. WHAT THIS DOES NOT PROVE

- A bundle without a signature shows accidental changes. Someone who can write to it can also write new manifests;
  only the identity noted elsewhere (section 1), a signature or write-once storage exposes that.
- It shows the configuration at the time of collection. It does not show what was configured before or after.
- It does not prove that the collecting program or person was honest. The AWS request ids, and judging the recorded
  answers again, are the means to test that.
- A rule that passes is not a judgement on a whole control, nor a control on a whole standard. The notes in
  data/frameworks/ say what each control leaves to a person.
- Accounts, Regions and calls outside the scope in data/run.json were not looked at.


6. CONFIDENTIALITY

The answers hold account ids, names and ARNs, policies and e-mail addresses of alarm subscribers. Keep the bundle as
confidential as the account's own configuration.
"""
