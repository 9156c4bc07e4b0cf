"""The ways in which dedup can refuse to work: one kind for each thing a caller can mend."""


class DedupError(Exception):
    """Something outside dedup is wrong; the message says what, where, and what to do next."""


class InputError(DedupError):
    """An input cannot be read, or gives no document at all."""


class SettingsError(DedupError):
    """A setting is unknown, of the wrong type, or outside its range."""


class LimitError(DedupError):
    """More would be taken out of a corpus than is allowed."""


class StoreError(DedupError):
    """An index is missing, damaged, locked, full, or of a format that is not known."""


class IndexMismatchError(StoreError):
    """An index was built with other settings than are asked for."""


class SpillError(DedupError):
    """There is no room for temporary files."""
