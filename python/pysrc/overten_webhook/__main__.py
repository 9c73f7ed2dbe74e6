"""Say what is installed: `python -m overten_webhook`."""

from importlib.metadata import metadata

from overten_webhook import __version__
from overten_webhook._core import CORE_VERSION


def main() -> None:
    """Print the versions and where to read on."""
    about = metadata("overten-webhook")
    print(f"overten-webhook {__version__} (core {CORE_VERSION}): {about['Summary']}")  # noqa: T201
    print("To read on: help(overten_webhook), and")  # noqa: T201
    for link in about.get_all("Project-URL") or []:
        print("  " + link.replace(", ", ": "))  # noqa: T201


if __name__ == "__main__":
    main()
