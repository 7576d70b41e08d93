"""Detectors of other projects that the user asks for by name, each turned into spans.

    GitleaksRules.load(path).find(text, context)        rules in the format of gitleaks
    DetectSecrets(("StripeDetector",)).find(...)        plugins of detect-secrets
    PresidioRecognizers(("IbanRecognizer",)).find(...)  recognizers of presidio-analyzer

They may look at the whole text, at their own speed. What goes wrong in them is raised, never passed over.
"""
