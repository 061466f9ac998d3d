# SPDX-License-Identifier: Apache-2.0
"""What goes wrong, by what the caller can do about it. Messages name the input and the remedy."""


class Error(RuntimeError):
    """Every error of Septet."""


class ArgumentError(Error, ValueError):
    """A value that was given is wrong: correct it."""


class UsageError(Error):
    """Calls that do not go together, or in an environment that does not fit: call differently."""


class UnavailableError(Error, TimeoutError):
    """The time was over before all ranks had come: they are named. Try again later."""


class PeerError(Error):
    """A rank died, left, aborted, lags or calls something else: it is named. Start the group anew.

    The communicator is broken on every rank; ``shrink`` makes one of those that are left.
    """


class DeviceError(Error):
    """No such device, or it cannot be reached from here: ask for another."""


class SystemCallError(Error, OSError):
    """The operating system refused: see the message."""


class InternalError(Error):
    """A fault of Septet: report it."""


#: The class of each ErrorKind of include/septet/error.hpp.
BY_KIND = {
    "argument": ArgumentError,
    "usage": UsageError,
    "unavailable": UnavailableError,
    "peer": PeerError,
    "device": DeviceError,
    "system": SystemCallError,
    "internal": InternalError,
}
