"""The exception tree: what goes wrong, by who can fix it.

::

    JrtuneError
    ├── InputError (ValueError)   the user's input is wrong; exit status 2
    │   ├── StudyError            the study file or what it declares
    │   ├── DataError             a data set: missing, corrupt, empty, of two lengths, not finite
    │   └── StorageError          a database that cannot be read, written or shared
    └── Interrupted               asked to stop; everything finished is saved; exit status 130

Every message says what was expected, what came, and what to do.
"""


class JrtuneError(Exception):
    """Root of all exceptions that jrtune raises on purpose.

    Examples:
        >>> [issubclass(error, jr.JrtuneError) for error in (jr.DataError, jr.Interrupted)]
        [True, True]
    """


class InputError(JrtuneError, ValueError):
    """Input that cannot be used; the message is one line and says what to do.

    Examples:
        >>> try:
        ...     jr.load_weights("absent.json")
        ... except jr.InputError as error:
        ...     print(str(error).split(",")[0])
        expected a weights file at absent.json
    """


class StudyError(InputError):
    """A study file, or a name, loss, objective or space entry in it, cannot be used.

    Examples:
        >>> try:
        ...     jr.choice()
        ... except jr.StudyError as error:
        ...     print(error)
        choice() needs at least one option, got none: write choice('a', 'b')
    """


class DataError(InputError):
    """A data set cannot be used.

    Examples:
        >>> try:
        ...     jr.data.read_idx("absent")
        ... except jr.DataError as error:
        ...     print(str(error).split(",")[0])
        expected an idx file
    """


class StorageError(InputError):
    """A database cannot be opened, written, or belongs to another study or process.

    Examples:
        >>> try:
        ...     jr.load_front("absent.db")
        ... except jr.StorageError as error:
        ...     print(str(error).split(",")[0])
        expected a database
    """


class Interrupted(JrtuneError):  # noqa: N818 - a state, not an error
    """The run was asked to stop by a signal; what was finished is stored.

    Args:
        signal_number: the signal that asked, as in :mod:`signal`.

    Examples:
        >>> str(jr.Interrupted(15))
        'stopped by signal 15; run the same command again to go on'
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"stopped by signal {signal_number}; run the same command again to go on")
        self.signal_number = signal_number
