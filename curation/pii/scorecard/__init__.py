"""How well the detectors do: on labelled texts, on planted secrets, on one's own files.

    labelled -> judge -> measure, families, causes     a labelled file -> precision, recall, leaks
    plant_values -> plant -> residual                  secrets in clean files -> what a run leaves per GB
    scan, excerpts, mask                               findings of a file or folder, without their values

It measures and shows; it decides nothing about a document.
"""
