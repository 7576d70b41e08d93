"""Evidence about a file's licence -> permissive, no_license or non_permissive, with reasons.

    decide("src/a.c", b"/* SPDX-License-Identifier: GPL-2.0-only */", Repository(licences=("mit",)), (), "",
           LicenceSettings())
    -> non_permissive, ("GPL-2.0-only",), evidence ("header:GPL-2.0-only", "repository:MIT"), conflict, 0.6

Rule "evidence" (default): the first of these that names a known licence decides.

    evidence        from                                                        confidence
    header          SPDX lines in the first 8 KiB of the file                   1.0
                    a licence notice in the first 2 KiB                         0.85
    file:<path>     licence files of the nearest folder that has one:           0.95 x share of the text found
                    SPDX line, known text; for strong names also a notice       0.7 for a notice or name
    input           licences that the input states for this file                0.9 (a bare type: 0.7)
    repository      the repository's metadata                                   0.8
                    (a family name such as "BSD" in input or metadata)          x 0.75
    nothing         nothing stated: no_license                                  0.5 (0.7 if the input says so)
    unknown only    NOASSERTION, "other", a licence text that we do not know    0.4 non_permissive

- So the header of a file beats the licence of its folder, and vendor/x/LICENSE beats the root's. SV2
  lets a file inherit the union of all folders above it: `inheritance="union"`.
- Metadata speaks of the root: it does not decide about a folder with a licence file of its own, even
  if nobody knows that licence (then the files below are non_permissive).
- All licences at the deciding level must be permissive; "OR" inside one expression needs one side.
  Unknown statements count only where no level knows better.
- Conflict: header, licence files, input and (for files under the root's licence) metadata differ in
  type, or licence files of one level do. The decision stands, its confidence falls by 0.6.
- Confidence ranks decisions for review; it is not a measured probability.

Rule "stack-v2": the table of SV2 get_license_types.py (bigcode-project/the-stack-v2) over the repository's
licence and all licence files above the file and the input's ids; headers are not read; a type that the
input states stands. It differs from SV2 in the detector (ours, not ScanCode), hence in what is detected.

Nothing here drops a file: `allowed` gives the reason, the pipeline drops. Nothing is legal advice.
"""

from curation.licences.decide import Licences, decide
from curation.licences.decision import LicenceDecision
from curation.licences.names import is_licence_file_name
from curation.licences.settings import LicenceSettings, allowed
from curation.licences.texts import identify_licence_text

__all__ = [
    "LicenceDecision",
    "LicenceSettings",
    "Licences",
    "allowed",
    "decide",
    "identify_licence_text",
    "is_licence_file_name",
]
