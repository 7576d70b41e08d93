"""Why a document is dropped: one module per reason."""
